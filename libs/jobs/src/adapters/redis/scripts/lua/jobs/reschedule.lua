#!lua flags=allow-oom
-- Makes scheduled, pending and retrying jobs due at another time; a pending one becomes scheduled.
-- KEYS[1]  base key of the queue
-- ARGV[1]  offset of the clock, ms
-- ARGV[2]  where notices go: 'keys' or 'shards'
-- ARGV[3]  sender
-- ARGV[4]  slot
-- ARGV[5]  sequence
-- ARGV[6]    due: '+ms' from now or '@ms' epoch
-- ARGV[7..]  stored ids
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
local due = tonumber(sub(ARGV[6], 2))
if sub(ARGV[6], 1, 1) == '+' then
  due = now + due
end
return each(7, function(id, record)
  local state = record.state
  if state ~= 'scheduled' and state ~= 'pending' and state ~= 'retrying' then
    return nil
  end
  leave(id, record)
  local changes = { at = due }
  if state == 'pending' then
    state, changes.generation = 'scheduled', new_generation()
  end
  changes.state, changes.order = state, defer(id, state, due)
  put(STATES, id, render(record, changes))
  return 'ok:' .. state
end)
