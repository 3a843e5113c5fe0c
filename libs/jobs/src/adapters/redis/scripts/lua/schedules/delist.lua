#!lua flags=allow-oom
-- Forgets a schedule, if it is still noted to lie in the queue.
-- KEYS[1]  base key of the system
-- ARGV[1]  offset of the clock, ms
-- ARGV[2]  where notices go: 'keys' or 'shards'
-- ARGV[3]  sender
-- ARGV[4]  slot
-- ARGV[5]  sequence
-- ARGV[6]  id
-- ARGV[7]  queue
-- Answers 'delisted' or 'missing'.
-- @include queue
-- @include change
if answered then
  return answered
end
local places = base .. ':schedules'
if call('HGET', places, ARGV[6]) ~= ARGV[7] then
  return commit('missing')
end
call('HDEL', places, ARGV[6])
return commit('delisted')
