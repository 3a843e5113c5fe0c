#!lua flags=allow-oom
-- Makes failed and cancelled jobs pending, with a whole budget again and no time by which they must begin.
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
  if record.state ~= 'failed' and record.state ~= 'cancelled' then
    return nil
  end
  unfinish(id, record)
  local generation = new_generation()
  put(STATES, id, render(record, {
    state = 'pending', generation = generation, attempts = '0', crashes = '0', strays = '0', at = now, expiresAt = '',
  }))
  arrive(id, { generation = generation, flags = '' }, record.priority)
  return 'ok:pending'
end)
