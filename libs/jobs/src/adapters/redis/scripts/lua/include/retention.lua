-- Drops finished jobs: those past a retention of their own, and those beyond the queue's by age and by count.
local function trim_retained(bound)
  local ids = call('ZRANGE', base .. ':retained', '-inf', now, 'BYSCORE', 'LIMIT', 0, bound)
  local records = fetch(STATES, grouped(ids))
  for index, id in ipairs(ids) do
    if records[index] then
      local record = parse(records[index])
      unfinish(id, record)
      drop(id, record)
    end
  end
  many('ZREM', base .. ':retained', ids)
  return #ids
end

local function trim_finished(state, age, kept, bound)
  local index = base .. ':' .. state
  local past = call('ZCOUNT', index, '-inf', format('(%.0f', (now - age + 1) * 1000))
  local number = math.min(bound, math.max(past, call('ZCARD', index) - kept))
  if number <= 0 then
    return 0
  end
  local ids = call('ZRANGE', index, 0, number - 1)
  local records = fetch(STATES, grouped(ids))
  for place, id in ipairs(ids) do
    drop(id, records[place] and parse(records[place]) or { flags = '' })
  end
  call('ZREMRANGEBYRANK', index, 0, number - 1)
  return number
end
