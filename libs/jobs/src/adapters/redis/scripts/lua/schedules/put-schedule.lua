#!lua
-- Adds or replaces a schedule, if it is as it was read. What its firings have noted stays.
-- KEYS[1]  base key of the queue
-- ARGV[1]  offset of the clock, ms
-- ARGV[2]  where notices go: 'keys' or 'shards'
-- ARGV[3]  sender
-- ARGV[4]  slot
-- ARGV[5]  sequence
-- ARGV[6]  id
-- ARGV[7]  its revision as it was read; '' where it must not be there
-- ARGV[8]  definition
-- ARGV[9]  time of the next occurrence, or ''
-- ARGV[10] when that is due, or ''
-- ARGV[11] 'keep' what waits, or 'forget' it
-- ARGV[12] when it last ran, or '': of one that comes from another queue
-- ARGV[13] how often it has run: likewise
-- Answers 'put:<revision>' or 'conflict'.
-- @include queue
-- @include change
if answered then
  return answered
end
-- @include record
-- @include schedules
-- @include keep-schedule
local id, schedule = ARGV[6], read_schedule(ARGV[6])
if (schedule and schedule.revision or '') ~= ARGV[7] then
  return commit('conflict')
end
schedule = schedule or { revision = '0', last = ARGV[12], runs = ARGV[13], waiting = '', recent = '' }
schedule.time, schedule.due = ARGV[9], ARGV[10]
if ARGV[11] ~= 'keep' then
  schedule.waiting = ''
end
call('HSET', DEFINITIONS, id, ARGV[8])
return commit('put:' .. keep_schedule(id, schedule))
