#!lua
-- Adds jobs; an id that is there is left as it is. Refused whole by a Redis at maxmemory, before anything has changed.
-- KEYS[1]    base key of the queue
-- ARGV[1]    offset of the clock, ms
-- ARGV[2]    where notices go: 'keys' or 'shards'
-- ARGV[3]    sender
-- ARGV[4]    slot
-- ARGV[5]    sequence
-- ARGV[6..]  a job each four: stored id, priority, due ('' at once, '+ms' from now, '@ms' epoch), envelope
-- Answers words joined by commas, one a job: pending | scheduled | duplicate:<state> | rejected:<depth> |
-- dropped:<depth>; '*<word>' when all are the same.
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

local NEW = { generation = '0', flags = '' }
local stamp = format('%013.0f', now)
local ids, added, receipts, largest = {}, {}, {}, count('largest')
for place = 6, #ARGV, 4 do
  ids[#ids + 1] = ARGV[place]
end
local there = fetch(ENVELOPES, grouped(ids))


local function due_at(text)
  if text == '' then
    return now
  end
  local value = tonumber(sub(text, 2))
  return sub(text, 1, 1) == '+' and now + value or value
end

local function add(id, priority, due, envelope)
  envelope = stamp .. envelope
  largest = math.max(largest, #envelope)
  put(ENVELOPES, id, envelope)
  if due == '' or due_at(due) <= now then
    arrive(id, NEW, priority)
    return 'pending'
  end
  local record, at = fresh(envelope), due_at(due)
  local order = defer(id, 'scheduled', at)
  put(STATES, id, render(record, { state = 'scheduled', at = at, order = order }))
  return 'scheduled'
end

-- @include overflow

local limited = max_depth and depth() + #ids > max_depth

-- Near the limit each job is written before the next is looked at; else what this call has added is not there yet.
local function state_of(id)
  if added[id] and not limited then
    return added[id]
  end
  local bucket, field = sub(id, 1, -3), sub(id, -2)
  local record = record_of(call('HGET', base .. ENVELOPES .. bucket, field), call('HGET', base .. STATES .. bucket, field))
  return record.state == 'unreadable' and 'pending' or record.state
end

local same = true
for index, id in ipairs(ids) do
  local place = 2 + index * 4
  if there[index] or added[id] then
    receipts[index] = 'duplicate:' .. state_of(id)
  elseif limited then
    receipts[index] = add_within(id, ARGV[place + 1], ARGV[place + 2], ARGV[place + 3])
    flush_buckets()
    flush_lines()
    if sub(receipts[index], 1, 8) ~= 'rejected' then
      added[id] = receipts[index]
    end
  else
    receipts[index] = add(id, ARGV[place + 1], ARGV[place + 2], ARGV[place + 3])
    added[id] = receipts[index]
  end
  same = same and receipts[index] == receipts[1]
end
flush_buckets()
flush_lines()
if largest > count('largest') then
  set('largest', largest)
end
if has_news() then
  wake()
end
return commit(same and '*' .. receipts[1] or concat(receipts, ','))
