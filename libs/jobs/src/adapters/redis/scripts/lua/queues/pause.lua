#!lua flags=allow-oom
-- Gives no jobs until resumed, and wakes nobody.
-- KEYS[1]  base key of the queue
-- ARGV[1]  offset of the clock, ms
-- ARGV[2]  where notices go: 'keys' or 'shards'
-- ARGV[3]  sender
-- ARGV[4]  slot
-- ARGV[5]  sequence
-- Answers 'paused'.
-- @include queue
-- @include change
if answered then
  return answered
end
set('paused', '1')
call('UNLINK', base .. ':wake')
return commit('paused')
