#!lua flags=no-writes
-- The figures of a span's minutes, as many as one answer may have.
-- KEYS[1]  base key of the system
-- ARGV[1]  offset of the clock, ms
-- ARGV[2]  the first minute's start, epoch ms
-- ARGV[3]  the time before which the last one begins, epoch ms
-- ARGV[4]  minutes at most
-- ARGV[5]  for how long a minute is kept, ms
-- ARGV[6]  queue, or empty for all
-- ARGV[7]  type, or empty for all
-- Answers the last minute that was read, empty if there are no more, and three values for each series of a minute:
-- the minute's start, its name, its figures.
-- @include queue
local from, most = math.max(tonumber(ARGV[2]), now - tonumber(ARGV[5]) + 1), tonumber(ARGV[4])
local minutes = call('ZRANGE', base .. ':minutes', from, '(' .. ARGV[3], 'BYSCORE', 'LIMIT', 0, most)
local found = { #minutes == most and minutes[most] or '' }
local queue, type = ARGV[6], ARGV[7]
for _, minute in ipairs(minutes) do
  local series = base .. ':minute:' .. minute
  local fields
  if queue ~= '' and type ~= '' then
    local name = queue .. '\n' .. type
    fields = { name, call('HGET', series, name) }
  else
    fields = call('HGETALL', series)
  end
  for at = 1, #fields, 2 do
    local own_queue, own_type = match(fields[at], '^(.-)\n(.*)$')
    if fields[at + 1] and (queue == '' or queue == own_queue) and (type == '' or type == own_type) then
      found[#found + 1] = minute
      found[#found + 1] = fields[at]
      found[#found + 1] = fields[at + 1]
    end
  end
end
return found
