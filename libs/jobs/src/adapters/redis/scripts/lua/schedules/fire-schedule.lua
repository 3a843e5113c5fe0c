#!lua
-- Fires one occurrence of a schedule, if it is as it was read and due: decides about overlap, submits its job, sets the
-- next time.
-- KEYS[1]  base key of the queue
-- ARGV[1]  offset of the clock, ms
-- ARGV[2]  where notices go: 'keys' or 'shards'
-- ARGV[3]  sender
-- ARGV[4]  slot
-- ARGV[5]  sequence
-- ARGV[6]  id
-- ARGV[7]  'due', 'released' (what waited need wait no longer) or 'by-hand' (whatever else holds)
-- ARGV[8]  its revision as it was read
-- ARGV[9]  time of the next occurrence, or ''
-- ARGV[10] when that is due, or ''
-- ARGV[11] what it does while a job before it has not ended: allow, skip, queue-one or cancel-previous
-- ARGV[12] runs after which there is no next time; 0 is without end
-- ARGV[13] how many ids of last jobs are kept
-- ARGV[14] priority of the job
-- ARGV[15] stored id of the job; '' where the occurrence is passed over
-- ARGV[16] its envelope
-- Answers fired:<state> | duplicate:<state> | passed | skipped | waits | full:<depth> | stale.
-- @include queue
-- @include change
if answered then
  return answered
end
-- @include buckets
-- @include record
-- @include line
-- @include due
-- @include finish
-- @include failure
-- @include leave
-- @include schedules
-- @include keep-schedule
local stamp, largest = format('%013.0f', now), count('largest')
-- @include add-job
-- @include overflow
-- @include cancel-one
local id, cause, overlap, job_id = ARGV[6], ARGV[7], ARGV[11], ARGV[15]
local is_due, by_hand = cause == 'due', cause == 'by-hand'

local schedule = read_schedule(id)
if not schedule
  or (not by_hand and schedule.revision ~= ARGV[8])
  or (is_due and (schedule.due == '' or tonumber(schedule.due) > now))
  or (cause == 'released' and schedule.waiting == '')
then
  return commit('stale')
end
local before = by_hand and {} or unfinished_of(schedule)
if cause == 'released' and #before > 0 then
  return commit('stale')
end

local occurrence = schedule.time
if is_due then
  schedule.time, schedule.due = ARGV[9], ARGV[10]
end

local function keep(answer)
  keep_schedule(id, schedule)
  return commit(answer)
end

if job_id == '' then
  return keep('passed')
elseif is_due and overlap == 'queue-one' and (#before > 0 or schedule.waiting ~= '') then
  local answer = schedule.waiting == '' and 'waits' or 'skipped'
  schedule.waiting = schedule.waiting == '' and occurrence or schedule.waiting
  return keep(answer)
elseif is_due and overlap == 'skip' and #before > 0 then
  return keep('skipped')
elseif is_due and overlap == 'cancel-previous' then
  for _, previous in ipairs(before) do
    local bucket, field = sub(previous, 1, -3), sub(previous, -2)
    local envelope = call('HGET', base .. ENVELOPES .. bucket, field)
    cancel_one(previous, record_of(envelope, call('HGET', base .. STATES .. bucket, field)))
    flush_buckets()
    flush_lines()
  end
  read_due()
end

local bucket, field = sub(job_id, 1, -3), sub(job_id, -2)
local there = call('HGET', base .. ENVELOPES .. bucket, field)
if there then
  local state = record_of(there, call('HGET', base .. STATES .. bucket, field)).state
  if cause == 'released' then
    schedule.waiting = ''
  end
  if not by_hand then
    keep_schedule(id, schedule)
  end
  return commit('duplicate:' .. (state == 'unreadable' and 'pending' or state))
end

local job = { priority = ARGV[14], due = '', envelope = ARGV[16] }
local receipt = max_depth and add_within(job_id, job) or add(job_id, job)
flush_buckets()
flush_lines()
if has_news() then
  wake()
end
if sub(receipt, 1, 8) == 'rejected' then
  return commit('full:' .. max_depth)
end
if largest > count('largest') then
  set('largest', largest)
end
-- An occurrence whose job has been removed since may come again: its id is kept once.
local recent = { job_id }
for previous in string.gmatch(schedule.recent, '[^\n]+') do
  if previous ~= job_id and #recent < tonumber(ARGV[13]) then
    recent[#recent + 1] = previous
  end
end
schedule.recent = concat(recent, '\n')
if not by_hand then
  local runs, most = schedule.runs + 1, tonumber(ARGV[12])
  schedule.runs, schedule.last = format('%.0f', runs), format('%.0f', now)
  if cause == 'released' then
    schedule.waiting = ''
  end
  if most > 0 and runs >= most then
    schedule.time, schedule.due, schedule.waiting = '', '', ''
  end
end
return keep('fired:' .. (sub(receipt, 1, 7) == 'dropped' and 'failed' or receipt))
