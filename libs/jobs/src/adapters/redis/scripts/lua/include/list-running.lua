-- By start, which is the order of tokens. A place is a token and a number within its claim.
local function list_running()
  local claims = {}
  for _, holder in ipairs(call('ZRANGE', base .. ':holders', 0, -1)) do
    for _, claim in ipairs(claims_of(holder)) do
      claim.holder = holder
      claims[#claims + 1] = claim
    end
  end
  table.sort(claims, function(a, b)
    return tonumber(a.token) < tonumber(b.token)
  end)
  local from_token, from_number = match(after, '^(%d+):(%d+)$')
  from_token, from_number = tonumber(from_token) or 0, tonumber(from_number) or 0
  for _, claim in ipairs(claims) do
    local token = tonumber(claim.token)
    if token >= from_token and not is_full() then
      local ids = split_ids(claim.ids)
      local records = fetch(STATES, grouped(ids))
      for number, id in ipairs(ids) do
        local is_behind = token > from_token or number > from_number
        if is_behind and not is_full() and records[number] and leased_to(parse(records[number]), claim.holder, claim.token) then
          add(id, claim.token .. ':' .. number)
        end
      end
    end
  end
end
