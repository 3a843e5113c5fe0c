-- Keeps what one script may carry, and puts the rest back. Looked at only in queues that have had large jobs.
local function cut(entries, list)
  local kept = {}
  for index = 1, #entries do
    local id = read_entry(entries[index])
    local size = call('HSTRLEN', base .. ENVELOPES .. sub(id, 1, -3), sub(id, -2))
    if bytes + size > BYTES and bytes > 0 then
      local rest = {}
      for place = #entries, index, -1 do
        rest[#rest + 1] = entries[place]
      end
      many('LPUSH', list, rest)
      put_back = true
      return kept
    end
    bytes = bytes + size
    kept[index] = entries[index]
  end
  return kept
end
