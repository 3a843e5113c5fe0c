#!lua flags=allow-oom
-- Forgets jobs in any state but running.
-- KEYS[1]  base key of the queue
-- ARGV[1]  offset of the clock, ms
-- ARGV[2]  where notices go: 'keys' or 'shards'
-- ARGV[3]  sender
-- ARGV[4]  slot
-- ARGV[5]  sequence
-- ARGV[6..]  stored ids
-- Answers a receipt each, joined by commas: ok:<state it was in> | missing | illegal:running.
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
    return nil
  elseif state == 'completed' or state == 'failed' or state == 'cancelled' then
    unfinish(id, record)
  else
    leave(id, record)
  end
  drop(id, record)
  return 'ok:' .. state
end)
