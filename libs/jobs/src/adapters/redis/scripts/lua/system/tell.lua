#!lua
-- Adds events to the log, forgets the oldest beyond what is kept, and wakes those who read it.
-- KEYS[1]  base key of the system
-- ARGV[1]  offset of the clock, ms
-- ARGV[2]  where notices go: 'keys' or 'shards'
-- ARGV[3]  sender
-- ARGV[4]  slot
-- ARGV[5]  sequence
-- ARGV[6]  how many are kept, about
-- ARGV[7..]  events, as JSON
-- Answers the number of the newest.
-- @include queue
-- @include change
if answered then
  return answered
end
local log, stamp = base .. ':events', format('%.0f', now)
local last = call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
local number = last and tonumber(match(last[1], '^%d+')) or 0
for at = 7, #ARGV do
  number = number + 1
  call('XADD', log, format('%.0f-0', number), 't', stamp, 'e', ARGV[at])
end
call('XTRIM', log, 'MAXLEN', '~', ARGV[6])
publish(':events', '')
return commit(format('%.0f', number))
