#!lua flags=allow-oom
-- Makes scheduled and retrying jobs pending now.
-- KEYS[1]  base key of the queue
-- ARGV[1]  offset of the clock, ms
-- ARGV[2]  where notices go: 'keys' or 'shards'
-- ARGV[3]  sender
-- ARGV[4]  slot
-- ARGV[5]  sequence
-- ARGV[6..]  stored ids
-- Answers a receipt each, joined by commas: ok:<state> | missing | illegal:<state>.
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
-- @include moves
return each(6, function(id, record)
  if record.state ~= 'scheduled' and record.state ~= 'retrying' then
    return nil
  end
  undefer(id, record)
  put(STATES, id, render(record, { state = 'pending', at = now, order = '' }))
  arrive(id, record, record.priority)
  return 'ok:pending'
end)
