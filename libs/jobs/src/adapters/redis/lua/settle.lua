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
-- ARGV[10..] a group: token, how many jobs, then a job each two: stored id, result JSON or ''; after the groups another
--            outcome each five: stored id, token, kind, delay in ms or '', the rest of the failed attempt's JSON or ''.
--            Kinds: retry, failed, cancelled, snoozed, released, no-handler, corrupt.
-- Answers the places of outcomes that came too late, from 1 in the order given, joined by commas.
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
-- @include leases
-- @include retention

local SLACK = 1000
local holder = ARGV[6]
local age, kept_count = tonumber(meta.retainAge) or tonumber(ARGV[7]), tonumber(meta.retainCount) or tonumber(ARGV[8])
local keeps_nothing = age == 0 or kept_count == 0
local lost, ended, place, settled, kept = {}, {}, 0, 0, 0
local indexes = { [base .. ':completed'] = {}, [base .. ':kept:completed'] = {}, [base .. ':retained'] = {} }
local heads = {}

local function index_add(index, score, id)
  local writes = indexes[index]
  local size = #writes
  writes[size + 1], writes[size + 2] = score, id
end

-- The completed record of all jobs that share a running one, up to the result.
local function completed_head(record)
  local head = heads[record]
  if not head then
    head = render(record, {
      state = 'completed', token = '0', holder = '', at = now, order = '', result = '',
      attempts = record.attempts + 1, flags = without(record.flags, 'sc'),
    })
    heads[record] = head
  end
  return head
end

local function complete(id, record, result)
  if record.retain == '0' or (record.retain == '' and keeps_nothing) then
    drop(id, record)
  else
    kept = kept + 1
    put(STATES, id, completed_head(record) .. result)
    index_add(finished_index(record, 'completed'), next_finish(), id)
    if record.retain ~= '' then
      index_add(base .. ':retained', format('%.0f', now + record.retain), id)
    end
  end
  if waited_for then
    tell(id, 'completed', result)
  end
end

-- The jobs of one token that have completed.
local function complete_group(first, number, token)
  local ids, done = {}, 0
  for index = 1, number do
    ids[index] = ARGV[first + 2 * index - 2]
  end
  local records = fetch(STATES, grouped(ids))
  for index = 1, number do
    local id, record = ids[index], records[index] and parse(records[index])
    place = place + 1
    if not record or ended[id] or not leased_to(record, holder, token) then
      lost[#lost + 1] = place
    else
      ended[id] = true
      done = done + 1
      complete(id, record, ARGV[first + 2 * index - 1])
    end
  end
  if done > 0 then
    unlease(holder, token, done)
    bump('completed', done)
    settled = settled + done
  end
end

-- Back to the end of its line, or to the calendar where `due` says when.
local function come_back(id, record, state, due, changes)
  changes.token, changes.holder, changes.flags = '0', '', without(changes.flags or record.flags, 'sc')
  changes.state, changes.at = state, due
  if state == 'pending' then
    arrive(id, { generation = record.generation, flags = '' }, record.priority)
  else
    changes.order = defer(id, state, due)
  end
  put(STATES, id, render(record, changes))
end

local function fail(id, record, rest, state, delay)
  if record.startedAt ~= '' then
    -- A start that the worker tells itself comes later in the text, and wins.
    rest = '"startedAt":' .. record.startedAt .. ',' .. rest
  end
  local changes = { flags = add_failure(id, record, rest), attempts = record.attempts + 1 }
  if state == 'failed' then
    finish(id, record, 'failed', changes)
  else
    come_back(id, record, state, now + delay, changes)
  end
end

local function settle(id, record, kind, delay, rest)
  local comes_back = kind ~= 'failed' and kind ~= 'cancelled' and kind ~= 'corrupt'
  if kind == 'cancelled' or (comes_back and has(record, 'c')) then
    finish(id, record, 'cancelled')
  elseif kind == 'failed' then
    fail(id, record, rest, 'failed')
  elseif kind == 'retry' then
    fail(id, record, rest, 'retrying', delay)
  elseif kind == 'corrupt' then
    give_up(id, record, 'corrupt')
  elseif kind == 'snoozed' then
    come_back(id, record, 'scheduled', now + delay, {})
  else
    come_back(id, record, delay > 0 and 'scheduled' or 'pending', now + delay, { strays = record.strays + (kind == 'no-handler' and 1 or 0) })
  end
end

local at = 10
for _ = 1, tonumber(ARGV[9]) do
  local number = tonumber(ARGV[at + 1])
  complete_group(at + 2, number, ARGV[at])
  at = at + 2 + 2 * number
end
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
    settle(id, record, ARGV[first + 2], tonumber(ARGV[first + 3]) or 0, ARGV[first + 4])
  end
end
for index, writes in pairs(indexes) do
  many('ZADD', index, writes)
end
flush_buckets()
-- The tick keeps to the retention by count; a settle helps where completions come faster than ticks.
if kept > 0 and call('ZCARD', base .. ':completed') > kept_count + SLACK then
  trim_finished('completed', age, kept_count, 2 * kept)
  flush_buckets()
end
flush_lines()
if settled > 0 then
  set('lastProcessedAt', now)
end
-- Freed room in a limited queue, and jobs that came back to an empty one, are for anyone.
if count('pending') > 0 and ((meta.concurrency and settled > 0 and room() > 0) or was_pending == 0) then
  wake()
end
return commit(concat(lost, ','))
