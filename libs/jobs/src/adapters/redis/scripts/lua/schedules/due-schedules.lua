#!lua flags=no-writes
-- Schedules that are due, and those with an occurrence that need wait no longer.
-- KEYS[1]  base key of the queue
-- ARGV[1]  offset of the clock, ms
-- ARGV[2]  how many of each at most
-- Answers now, ms until the next that is not due or '', how many must wait still, then four values for each that is
-- found: 'due' or 'released', id, state, definition.
-- @include queue
-- @include record
-- @include schedules
local limit, waiting = tonumber(ARGV[2]), 0
local found = { format('%.0f', now), '', '' }
local function add_found(cause, id)
  local size = #found
  found[size + 1], found[size + 2] = cause, id
  found[size + 3], found[size + 4] = call('HGET', TIMES, id) or '', call('HGET', DEFINITIONS, id) or ''
end
for _, id in ipairs(call('ZRANGE', DUE, '-inf', now, 'BYSCORE', 'LIMIT', 0, limit)) do
  add_found('due', id)
end
for _, id in ipairs(call('SMEMBERS', WAITING)) do
  local schedule = read_schedule(id)
  if schedule and #unfinished_of(schedule) == 0 then
    if limit > 0 then
      limit = limit - 1
      add_found('released', id)
    end
  else
    waiting = waiting + 1
  end
end
local later = call('ZRANGE', DUE, format('(%.0f', now), '+inf', 'BYSCORE', 'LIMIT', 0, 1, 'WITHSCORES')[2]
found[2] = later and format('%.0f', tonumber(later) - now) or ''
found[3] = format('%.0f', waiting)
return found
