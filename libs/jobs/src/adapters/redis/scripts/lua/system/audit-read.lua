#!lua flags=no-writes
-- Entries of the audit trail, newest first.
-- KEYS[1]  base key of the system
-- ARGV[1]  offset of the clock, ms
-- ARGV[2]  the number of the first, or any that is greater than all
-- ARGV[3]  how many at most
-- Answers two values each: its number; its time in ms, a space, and the entry as JSON.
-- @include queue
local trail, found = base .. ':audit', {}
local first = math.min(tonumber(ARGV[2]), tonumber(call('HGET', trail, '#')) or 0)
local fields = {}
for number = first, math.max(1, first - tonumber(ARGV[3]) + 1), -1 do
  fields[#fields + 1] = format('%.0f', number)
end
if #fields == 0 then
  return found
end
for index, entry in ipairs(call('HMGET', trail, unpack(fields))) do
  if not entry then
    break
  end
  found[#found + 1] = fields[index]
  found[#found + 1] = entry
end
return found
