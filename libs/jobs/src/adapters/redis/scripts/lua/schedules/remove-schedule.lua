#!lua flags=allow-oom
-- Forgets a schedule.
-- KEYS[1]  base key of the queue
-- ARGV[1]  offset of the clock, ms
-- ARGV[2]  where notices go: 'keys' or 'shards'
-- ARGV[3]  sender
-- ARGV[4]  slot
-- ARGV[5]  sequence
-- ARGV[6]  id
-- ARGV[7]  the revision that it must have, or '' for any
-- Answers 'removed', 'missing' or 'conflict'.
-- @include queue
-- @include change
if answered then
  return answered
end
-- @include record
-- @include schedules
local schedule = read_schedule(ARGV[6])
if ARGV[7] ~= '' and (not schedule or schedule.revision ~= ARGV[7]) then
  return commit('conflict')
end
local there = call('HDEL', TIMES, ARGV[6])
call('HDEL', DEFINITIONS, ARGV[6])
call('ZREM', DUE, ARGV[6])
call('SREM', WAITING, ARGV[6])
return commit(there == 1 and 'removed' or 'missing')
