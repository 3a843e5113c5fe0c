-- Jobs that wait for a time: sorted sets of scheduled and of retrying jobs, members led by the order they came in.
-- Puts a job on the calendar; answers the order its record must keep.
local function defer(id, state, due)
  bump('order', 1)
  local order = format('%012.0f', count('order'))
  call('ZADD', base .. ':' .. state, format('%.0f', due), order .. id)
  if not next_due() or due < next_due() then
    set('due', due)
    earlier_due = true
  end
  return order
end

local function undefer(id, record)
  call('ZREM', base .. ':' .. record.state, record.order .. id)
end

local function read_due()
  local first
  for _, state in ipairs({ 'scheduled', 'retrying' }) do
    local score = tonumber(call('ZRANGE', base .. ':' .. state, 0, 0, 'WITHSCORES')[2])
    if score and (not first or score < first) then
      first = score
    end
  end
  if first ~= next_due() then
    set('due', first or '')
  end
end
