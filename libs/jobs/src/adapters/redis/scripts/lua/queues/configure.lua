#!lua flags=allow-oom
-- Replaces the queue's settings.
-- KEYS[1]  base key of the queue
-- ARGV[1]  offset of the clock, ms
-- ARGV[2]  where notices go: 'keys' or 'shards'
-- ARGV[3]  sender
-- ARGV[4]  slot
-- ARGV[5]  sequence
-- ARGV[6]  concurrency, or '' for no limit
-- ARGV[7]  depth at most, or '' for no limit
-- ARGV[8]  scheduled jobs at most, or '' for no limit
-- ARGV[9]  what a submit does when the queue is full: block, drop-newest or drop-oldest
-- ARGV[10] retention by age, ms
-- ARGV[11] retention by count
-- Answers 'configured'.
-- @include queue
-- @include change
if answered then
  return answered
end
set('concurrency', ARGV[6])
set('maxDepth', ARGV[7])
set('maxScheduled', ARGV[8])
set('onFull', ARGV[9])
set('retainAge', ARGV[10])
set('retainCount', ARGV[11])
-- A higher concurrency makes room for what waits.
if count('pending') > 0 and room() > 0 then
  wake()
end
return commit('configured')
