#!lua flags=no-writes
-- The next entries of a queue's jobs in one state, in the order that state is listed in.
-- KEYS[1]  base key of the queue
-- ARGV[1]  offset of the clock, ms
-- ARGV[2]  state
-- ARGV[3]  the place to go on behind, as answered with an id before; '' from the beginning
-- ARGV[4]  how many entries to skip
-- ARGV[5]  how many entries at most
-- Answers a stored id and its place in turn.
-- @include queue
-- @include buckets
-- @include record
-- @include line
-- @include leases
local state, after, skip, limit = ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
local reply = {}

local function add(id, place)
  if skip > 0 then
    skip = skip - 1
    return
  end
  reply[#reply + 1] = id
  reply[#reply + 1] = place
end

local function is_full()
  return #reply >= 2 * limit
end

-- By due time; a place is the entry's score and member, so that it holds when the entry itself has gone.
local function list_due()
  local key, from = base .. ':' .. state, 0
  local score, member = match(after, '^([^:]*):(.*)$')
  if score then
    local rank = call('ZRANK', key, member)
    from = rank and rank + 1 or call('ZCOUNT', key, '-inf', '(' .. score)
  end
  local found = call('ZRANGE', key, from + skip, from + skip + limit - 1, 'WITHSCORES')
  skip = 0
  for index = 1, #found, 2 do
    add(sub(found[index], 13), found[index + 1] .. ':' .. found[index])
  end
end

-- Newest first, out of the jobs under the queue's retention and those with one of their own. A place is a score.
local function list_finished()
  local top = after == '' and '+inf' or '(' .. after
  local found = {}
  for _, index in ipairs(state == 'failed' and { ':failed' } or { ':' .. state, ':kept:' .. state }) do
    local flat = call('ZRANGE', base .. index, top, '-inf', 'BYSCORE', 'REV', 'LIMIT', 0, skip + limit, 'WITHSCORES')
    for place = 1, #flat, 2 do
      found[#found + 1] = { id = flat[place], score = tonumber(flat[place + 1]) }
    end
  end
  table.sort(found, function(a, b)
    return a.score > b.score
  end)
  for _, entry_found in ipairs(found) do
    if not is_full() then
      add(entry_found.id, format('%.0f', entry_found.score))
    end
  end
end

-- @include list-running
-- @include list-pending

if state == 'scheduled' or state == 'retrying' then
  list_due()
elseif state == 'pending' then
  list_pending()
elseif state == 'running' then
  list_running()
elseif state ~= 'blocked' then
  list_finished()
end
return reply
