-- In the order they will run: suspects, then level by level. A place is a line and a number within it.
local function list_pending()
  local lines = call('ZRANGE', base .. ':levels', 0, -1, 'REV')
  table.insert(lines, 1, 'suspects')
  local from_line, from_number = match(after, '^([^:]*):(%d+)$')
  local begun, seen = from_line == nil, {}
  for _, line in ipairs(lines) do
    local number = 0
    if not begun and (line == from_line or (line ~= 'suspects' and from_line ~= 'suspects' and tonumber(line) < tonumber(from_line))) then
      begun = true
      number = line == from_line and tonumber(from_number) or 0
    end
    local list = base .. (line == 'suspects' and ':suspects' or ':p:' .. line)
    while begun and not is_full() do
      local entries = call('LRANGE', list, number, number + 499)
      if #entries == 0 then
        break
      end
      local ids, generations = {}, {}
      for index = 1, #entries do
        ids[index], generations[index] = read_entry(entries[index])
      end
      local records = fetch(STATES, grouped(ids))
      for index, id in ipairs(ids) do
        local record = records[index] and parse(records[index])
        local is_pending = generations[index] == '0' and not record
          or record and record.state == 'pending' and record.generation == generations[index]
        if is_pending and not seen[id] and not is_full() then
          seen[id] = true
          add(id, line .. ':' .. (number + index))
        end
      end
      number = number + #entries
    end
  end
end
