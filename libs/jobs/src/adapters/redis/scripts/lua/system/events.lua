#!lua flags=no-writes
-- Reads on in the log of events.
-- KEYS[1]  base key of the system
-- ARGV[1]  number of the event to read on behind
-- ARGV[2]  how many at most
-- Answers the number of the newest, then three values each: number, time, event as JSON.
local log = KEYS[1] .. ':events'
local last = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
local found = { last and string.match(last[1], '^%d+') or '0' }
for _, entry in ipairs(redis.call('XRANGE', log, '(' .. ARGV[1] .. '-0', '+', 'COUNT', ARGV[2])) do
  found[#found + 1] = string.match(entry[1], '^%d+')
  found[#found + 1] = entry[2][2]
  found[#found + 1] = entry[2][4]
end
return found
