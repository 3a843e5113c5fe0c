#!lua flags=allow-oom
-- Ends attempts. Only the holder and token that the job's record names may end it.
-- KEYS[1]    base key of the queue
-- ARGV[1]    offset of the clock, ms
-- ARGV[2]    where notices go: 'keys' or 'shards'
-- ARGV[3]    sender
-- ARGV[4]    slot
-- ARGV[5]    sequence
-- ARGV[6]    holder
-- ARGV[7]    retention by age where the queue sets none, ms
-- ARGV[8]    retention by count where the queue sets none
-- ARGV[9]    how many groups of completed jobs follow
-- ARGV[10..] a group: token, how many runs, then a run each three: bucket, the fields of its jobs side by side, their
--            results' JSON with line breaks between, or '' where there are none; a job that is alone in its bucket may
--            stand as its whole stored id and no fields. After the groups another outcome each five: stored id, token,
--            kind, delay in ms or '', the rest of the failed attempt's JSON or ''.
--            Kinds: retry, failed, cancelled, snoozed, released, no-handler, corrupt.
-- Answers the places of outcomes that came too late, from 1 in the order given, joined by commas; those of jobs that would have
-- come back, and were cancelled as had been asked, with a minus in front.
-- @include queue
-- @include change
if answered then
  return answered
end
-- @include record
-- @include finished
-- @include leases

local SLACK = 1000
local holder = ARGV[6]
local age, kept_count = tonumber(meta.retainAge) or tonumber(ARGV[7]), tonumber(meta.retainCount) or tonumber(ARGV[8])
local keeps_nothing = age == 0 or kept_count == 0
local lost, place, settled, kept = {}, 0, 0, 0
-- @include complete

local at = 10
for _ = 1, tonumber(ARGV[9]) do
  local runs = tonumber(ARGV[at + 1])
  complete_group(at + 2, runs, ARGV[at])
  at = at + 2 + 3 * runs
end
many('ZADD', base .. ':completed', completed)
many('ZADD', base .. ':kept:completed', kept_completed)
many('ZADD', base .. ':retained', retained)

-- The tick keeps to the retention by count; a settle helps where completions come faster than ticks.
local overfull = kept > 0 and call('ZCARD', base .. ':completed') > kept_count + SLACK

-- What few settles need is made when it is needed: each function that a script makes costs it a part of a microsecond.
local function settle_others()
  -- @include buckets
  -- @include line
  -- @include due
  -- @include finish
  -- @include failure
  -- @include retention
  -- @include end-attempt
  -- What is written of these waits for the end, so that the store does not tell which have ended already.
  local ended = {}
  for first = at, #ARGV, 5 do
    local id, token = ARGV[first], ARGV[first + 1]
    local text = not ended[id] and call('HGET', base .. STATES .. sub(id, 1, -3), sub(id, -2))
    local record = text and parse(text)
    place = place + 1
    if not record or not leased_to(record, holder, token) then
      lost[#lost + 1] = place
    else
      ended[id] = true
      settled = settled + 1
      unlease(holder, token, 1)
      if settle(id, record, ARGV[first + 2], tonumber(ARGV[first + 3]) or 0, ARGV[first + 4]) == 'cancelled' then
        lost[#lost + 1] = -place
      end
    end
  end
  flush_buckets()
  flush_lines()
  if overfull then
    trim_finished('completed', age, kept_count, 2 * kept)
    flush_buckets()
  end
end

if at <= #ARGV or overfull then
  settle_others()
end
if settled > 0 then
  set('lastProcessedAt', now)
end
-- Freed room in a limited queue is for anyone.
if has_news() or (tonumber(meta.concurrency) and settled > 0 and count('pending') > 0 and room() > 0) then
  wake()
end
return commit(concat(lost, ','))
