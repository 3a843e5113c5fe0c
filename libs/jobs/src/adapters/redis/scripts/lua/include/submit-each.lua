-- Jobs of any kind: runs of several priorities, delayed jobs, ids that are there, queues with a maximum.
-- @include buckets
-- @include record
-- @include line
-- @include due
-- @include finish
-- @include failure
local ids, jobs, added, receipts, any_delayed = {}, {}, {}, {}, false
do
  local place = 6
  while place < #ARGV do
    local number = tonumber(ARGV[place + 2])
    any_delayed = any_delayed or ARGV[place + 1] ~= ''
    for first = place + 3, place + 1 + 2 * number, 2 do
      ids[#ids + 1] = ARGV[first]
      jobs[#jobs + 1] = { priority = ARGV[place], due = ARGV[place + 1], envelope = ARGV[first + 1] }
    end
    place = place + 3 + 2 * number
  end
end
local there = fetch(ENVELOPES, grouped(ids))

-- @include add-job
-- @include overflow

local limited = max_depth and depth() + #ids > max_depth
local max_scheduled = any_delayed and tonumber(meta.maxScheduled)
local places = max_scheduled and max_scheduled - call('ZCARD', base .. ':scheduled')

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
  if there[index] or added[id] then
    receipts[index] = 'duplicate:' .. state_of(id)
  elseif places and places <= 0 and due_at(jobs[index].due) > now then
    receipts[index] = 'too-many-scheduled:' .. max_scheduled
  elseif limited then
    receipts[index] = add_within(id, jobs[index])
    flush_buckets()
    flush_lines()
    if sub(receipts[index], 1, 8) ~= 'rejected' then
      added[id] = receipts[index]
    end
  else
    receipts[index] = add(id, jobs[index])
    added[id] = receipts[index]
  end
  if places and receipts[index] == 'scheduled' then
    places = places - 1
  end
  same = same and receipts[index] == receipts[1]
end
flush_buckets()
flush_lines()
return same and '*' .. receipts[1] or concat(receipts, ',')
