#!lua flags=allow-oom
-- Has finished jobs announced for a while.
-- KEYS[1]  base key of the queue
-- ARGV[1]  offset of the clock, ms
-- ARGV[2]  where notices go: 'keys' or 'shards'
-- ARGV[3]  sender
-- ARGV[4]  slot
-- ARGV[5]  sequence
-- ARGV[6]  for how long, ms
-- Answers 'listening'.
-- @include queue
-- @include change
if answered then
  return answered
end
set('waiters', math.max(count('waiters'), time[1] * 1000 + tonumber(ARGV[6])))
return commit('listening')
