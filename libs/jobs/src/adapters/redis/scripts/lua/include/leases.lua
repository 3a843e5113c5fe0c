-- The index of what each holder holds: a field a claim with its ids, a field that counts those not yet settled, and where
-- the jobs were handed over unasked, a field with the time of that.
-- Jobs of a claim have ended or gone back; the claim's fields go with its last job.
local function unlease(holder, token, number)
  local leases = base .. ':leases:' .. holder
  if call('HINCRBY', leases, token .. '#', format('%.0f', -number)) <= 0 then
    call('HDEL', leases, token, token .. '#', token .. '!')
  end
  bump('running', -number)
end

local function leased_to(record, holder, token)
  return record.state == 'running' and record.token == token and record.holder == holder
end

local function split_ids(packed)
  local ids = {}
  for id in string.gmatch(packed, '[^\n]+') do
    ids[#ids + 1] = id
  end
  return ids
end

-- A holder's claims, oldest first: { { token, ids (packed), open (jobs not settled), handed (when, if unasked) } … }.
local function claims_of(holder)
  local flat, claims, open, handed = call('HGETALL', base .. ':leases:' .. holder), {}, {}, {}
  for index = 1, #flat, 2 do
    local token, kind = match(flat[index], '^(%d+)([#!])$')
    if kind == '#' then
      open[token] = tonumber(flat[index + 1])
    elseif kind == '!' then
      handed[token] = tonumber(flat[index + 1])
    elseif match(flat[index], '^%d+$') then
      claims[#claims + 1] = { token = flat[index], ids = flat[index + 1] }
    end
  end
  for _, claim in ipairs(claims) do
    claim.open, claim.handed = open[claim.token] or 0, handed[claim.token]
  end
  table.sort(claims, function(a, b)
    return tonumber(a.token) < tonumber(b.token)
  end)
  return claims
end
