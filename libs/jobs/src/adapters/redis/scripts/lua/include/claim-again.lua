-- A claim that is sent again: the same jobs, as far as they are still leased by it.
local function claim_again()
  local ids = {}
  for id in string.gmatch(call('HGET', leases, answered) or '', '[^\n]+') do
    ids[#ids + 1] = id
  end
  local groups = grouped(ids)
  local envelopes, records = fetch(ENVELOPES, groups), fetch(STATES, groups)
  for index, id in ipairs(ids) do
    local record = records[index] and parse(records[index])
    if envelopes[index] and record and record.state == 'running' and record.token == answered and record.holder == holder then
      packed[#packed + 1] = id
      reply[#reply + 1] = records[index] .. '\n' .. envelopes[index]
    end
  end
  reply[5] = concat(packed, '\n')
end
