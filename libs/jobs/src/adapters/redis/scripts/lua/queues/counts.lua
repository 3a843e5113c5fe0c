#!lua flags=no-writes
-- The queue's numbers.
-- KEYS[1]  base key of the queue
-- ARGV[1]  offset of the clock, ms
-- Answers { names and values in turn, depths by priority in turn }; since when the job that has waited longest at the
-- head of a line is pending, and for how long, are among the names, '' when there is none.
-- @include queue
-- @include buckets
-- @include record
-- @include line
local HEADS = 20

-- When the first job of a line that is still pending became so.
local function waiting_since(list)
  for _, text in ipairs(call('LRANGE', list, 0, HEADS - 1)) do
    local id, generation = read_entry(text)
    local bucket, field = sub(id, 1, -3), sub(id, -2)
    local envelope = call('HGET', base .. ENVELOPES .. bucket, field)
    local record = envelope and record_of(envelope, call('HGET', base .. STATES .. bucket, field))
    if record and record.state == 'pending' and record.generation == generation then
      return tonumber(record.at) or tonumber(sub(envelope, 1, 13))
    end
  end
  return nil
end

local oldest = waiting_since(base .. ':suspects')
for _, level in ipairs(call('ZRANGE', base .. ':levels', 0, 99, 'REV')) do
  local since = waiting_since(base .. ':p:' .. level)
  if since and (not oldest or since < oldest) then
    oldest = since
  end
end

local function size(set_name)
  return format('%.0f', call('ZCARD', base .. set_name))
end

return {
  {
    'scheduled', size(':scheduled'),
    'pending', format('%.0f', count('pending')),
    'running', format('%.0f', count('running')),
    'retrying', size(':retrying'),
    'completed', format('%.0f', size(':completed') + size(':kept:completed')),
    'failed', size(':failed'),
    'cancelled', format('%.0f', size(':cancelled') + size(':kept:cancelled')),
    'paused', meta.paused or '',
    'ever-completed', format('%.0f', count('completed')),
    'ever-failed', format('%.0f', count('failed')),
    'ever-cancelled', format('%.0f', count('cancelled')),
    'last-processed-at', meta.lastProcessedAt or '',
    'oldest-pending-at', oldest and format('%.0f', oldest) or '',
    'oldest-pending-for', oldest and format('%.0f', math.max(now - oldest, 0)) or '',
    'holders', format('%.0f', call('ZCOUNT', base .. ':holders', format('(%.0f', now), '+inf')),
  },
  call('HGETALL', base .. ':depths'),
}
