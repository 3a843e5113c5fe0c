#!lua flags=allow-oom
-- Gives waiting jobs another priority; a pending one goes to the end of its new line.
-- KEYS[1]  base key of the queue
-- ARGV[1]  offset of the clock, ms
-- ARGV[2]  where notices go: 'keys' or 'shards'
-- ARGV[3]  sender
-- ARGV[4]  slot
-- ARGV[5]  sequence
-- ARGV[6]    priority
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
local priority = ARGV[6]
return each(7, function(id, record)
  local state = record.state
  if state == 'pending' then
    leave_line(id, record)
    local generation = new_generation()
    put(STATES, id, render(record, { priority = priority, generation = generation }))
    arrive(id, { generation = generation, flags = record.flags }, priority)
  elseif state == 'scheduled' or state == 'retrying' or state == 'blocked' then
    put(STATES, id, render(record, { priority = priority }))
  else
    return nil
  end
  return 'ok:' .. state
end)
