-- Makes due jobs pending, in the order they are due; answers how many were handled.
local function promote_due(bound)
  if bound <= 0 or not next_due() or next_due() > now then
    return 0
  end
  local due = {}
  for _, state in ipairs({ 'scheduled', 'retrying' }) do
    local found = call('ZRANGE', base .. ':' .. state, '-inf', now, 'BYSCORE', 'LIMIT', 0, bound, 'WITHSCORES')
    for index = 1, #found, 2 do
      due[#due + 1] = { state = state, member = found[index], at = tonumber(found[index + 1]) }
    end
  end
  table.sort(due, function(a, b)
    if a.at ~= b.at then
      return a.at < b.at
    end
    return a.member < b.member
  end)
  local ids, taken, handled = {}, { scheduled = {}, retrying = {} }, math.min(#due, bound)
  for index = 1, handled do
    local found = due[index]
    ids[index] = sub(found.member, 13)
    table.insert(taken[found.state], found.member)
  end
  local groups = grouped(ids)
  local records = fetch(STATES, groups)
  for index, id in ipairs(ids) do
    local record = records[index] and parse(records[index])
    if record and record.state == due[index].state then
      if expired(record) then
        local created = sub(call('HGET', base .. ENVELOPES .. sub(id, 1, -3), sub(id, -2)) or '', 1, 13)
        give_up_expired(id, record, tonumber(created) or now)
      else
        put(STATES, id, render(record, { state = 'pending', at = now, order = '' }))
        arrive(id, record, record.priority)
      end
    elseif record and record.state == 'unreadable' then
      give_up_unreadable(id)
    end
  end
  for state, members in pairs(taken) do
    many('ZREM', base .. ':' .. state, members)
  end
  flush_buckets()
  flush_lines()
  read_due()
  return handled
end
