-- Takes out of long lines the entries that jobs have left behind: they are counted as they are left, and once they are
-- many a line is gone through, a stretch a tick.
local MANY_LEFT, STRETCH = 1000, 500

-- The line that has most entries beyond its jobs; '' when none has any.
local function most_littered()
  local depths, line, most = call('HGETALL', base .. ':depths'), '', 0
  for index = 1, #depths, 2 do
    local beyond = call('LLEN', base .. ':p:' .. depths[index]) - depths[index + 1]
    if beyond > most then
      line, most = depths[index], beyond
    end
  end
  return line
end

-- Whether a claim would look past the entry, as far as that is plain to see.
local function is_left(id, generation, level, record)
  if record then
    return record.state ~= 'unreadable'
      and (record.state ~= 'pending' or record.generation ~= generation or record.priority ~= level)
  end
  return generation ~= '0' or call('HSTRLEN', base .. ENVELOPES .. sub(id, 1, -3), sub(id, -2)) == 0
end

-- Marks entries of a stretch and takes them out; answers how many.
local function take_out(list, from, places)
  for _, place in ipairs(places) do
    call('LSET', list, from + place - 1, '')
  end
  local nearer_the_end = from > call('LLEN', list) / 2
  return #places > 0 and call('LREM', list, nearer_the_end and -#places or #places, '') or 0
end

-- Answers how many entries were looked at.
local function sweep(bound)
  if count('strewn') <= MANY_LEFT or bound <= 0 then
    return 0
  end
  local level, from = match(meta.sweep or '', '^(.+):(%d+)$')
  level, from = level or most_littered(), tonumber(from) or 0
  local list, wanted = base .. ':p:' .. level, math.min(bound, STRETCH)
  local entries, ids, generations, places = call('LRANGE', list, from, from + wanted - 1), {}, {}, {}
  for index = 1, #entries do
    ids[index], generations[index] = read_entry(entries[index])
  end
  local records = fetch(STATES, grouped(ids))
  for index, id in ipairs(ids) do
    if is_left(id, generations[index], level, records[index] and parse(records[index])) then
      places[#places + 1] = index
    end
  end
  local removed = take_out(list, from, places)
  if #entries < wanted then
    set('strewn', 0)
    set('sweep', '')
  else
    set('sweep', level .. ':' .. format('%.0f', from + #entries - removed))
  end
  return #entries
end
