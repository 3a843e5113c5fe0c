#!lua flags=allow-oom
-- Asks something of a worker of a process that is known.
-- KEYS[1]  base key of the system
-- ARGV[1]  offset of the clock, ms
-- ARGV[2]  where notices go: 'keys' or 'shards'
-- ARGV[3]  sender
-- ARGV[4]  slot
-- ARGV[5]  sequence
-- ARGV[6]  holder
-- ARGV[7]  order and worker
-- ARGV[8]  for how long a silent process is remembered, ms
-- Answers 'ordered', or 'missing' when the process is not known.
-- @include queue
-- @include change
if answered then
  return answered
end
local heard = call('ZSCORE', base .. ':beats', ARGV[6])
if not heard or tonumber(heard) < now - tonumber(ARGV[8]) then
  return commit('missing')
end
local orders = base .. ':orders:' .. ARGV[6]
call('HSET', orders, format('%.0f', call('HINCRBY', orders, '#', 1)), ARGV[7])
return commit('ordered')
