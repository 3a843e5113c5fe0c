#!lua flags=allow-oom
-- Cancels waiting jobs at once, and asks running ones to stop.
-- KEYS[1]  base key of the queue
-- ARGV[1]  offset of the clock, ms
-- ARGV[2]  where notices go: 'keys' or 'shards'
-- ARGV[3]  sender
-- ARGV[4]  slot
-- ARGV[5]  sequence
-- ARGV[6..]  stored ids
-- Answers a receipt each, joined by commas: ok:<state> | requested:running | missing | illegal:<state>.
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
  local state = record.state
  if state == 'running' then
    if not has(record, 'c') then
      put(STATES, id, render(record, { flags = record.flags .. 'c' }))
    end
    publish(':cancel', id)
    return 'requested:running'
  elseif state == 'completed' or state == 'failed' or state == 'cancelled' then
    return nil
  end
  leave(id, record)
  finish(id, record, 'cancelled')
  return 'ok:cancelled'
end)
