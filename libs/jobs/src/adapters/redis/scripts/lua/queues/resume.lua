#!lua flags=allow-oom
-- Gives jobs again. Due times that came nearer while the queue was paused were told to nobody, so a sleeper is woken.
-- KEYS[1]  base key of the queue
-- ARGV[1]  offset of the clock, ms
-- ARGV[2]  where notices go: 'keys' or 'shards'
-- ARGV[3]  sender
-- ARGV[4]  slot
-- ARGV[5]  sequence
-- Answers 'resumed'.
-- @include queue
-- @include change
if answered then
  return answered
end
set('paused', '')
if count('pending') > 0 or next_due() then
  wake()
end
return commit('resumed')
