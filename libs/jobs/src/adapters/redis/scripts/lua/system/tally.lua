#!lua
-- Adds what a process has counted to the figures of one minute, once, and forgets minutes that are too old.
-- KEYS[1]  base key of the system
-- ARGV[1]  offset of the clock, ms
-- ARGV[2]  the minute's start, epoch ms
-- ARGV[3]  recorder: one boot of one process
-- ARGV[4]  number of the delta: grows with each of a recorder's
-- ARGV[5]  series that a minute keeps, at most
-- ARGV[6]  for how long a minute is kept, ms
-- ARGV[7..]  two values for each series: its name, its figures as <counts by comma>;<bucket:count …>;<bucket:count …>
-- Answers the time, epoch ms.
-- @include queue
local FORGOTTEN, OTHER = 10, 'other'
local gmatch = string.gmatch
local minute, minutes = tonumber(ARGV[2]), base .. ':minutes'
local past, answer = now - tonumber(ARGV[6]), format('%.0f', now)
for _, old in ipairs(call('ZRANGE', minutes, '-inf', past, 'BYSCORE', 'LIMIT', 0, FORGOTTEN)) do
  call('UNLINK', base .. ':minute:' .. old, base .. ':counted:' .. old)
  call('ZREM', minutes, old)
end
if minute <= past or #ARGV < 7 then
  return answer
end
local series, counted = base .. ':minute:' .. ARGV[2], base .. ':counted:' .. ARGV[2]
if (tonumber(call('HGET', counted, ARGV[3])) or 0) >= tonumber(ARGV[4]) then
  return answer
end

local function add_counts(one, other)
  local sums, at = {}, 0
  for value in gmatch(one, '%d+') do
    sums[#sums + 1] = value
  end
  for value in gmatch(other, '%d+') do
    at = at + 1
    sums[at] = format('%.0f', (sums[at] or 0) + value)
  end
  return concat(sums, ',')
end

local function add_buckets(one, other)
  local sums, order = {}, {}
  for bucket, in_it in gmatch(one .. ' ' .. other, '(%d+):(%d+)') do
    if not sums[bucket] then
      sums[bucket] = 0
      order[#order + 1] = bucket
    end
    sums[bucket] = sums[bucket] + in_it
  end
  for at, bucket in ipairs(order) do
    order[at] = bucket .. ':' .. format('%.0f', sums[bucket])
  end
  return concat(order, ' ')
end

local FIGURES, most = '^([^;]*);([^;]*);(.*)$', tonumber(ARGV[5])
for at = 7, #ARGV, 2 do
  local name, told = ARGV[at], ARGV[at + 1]
  local before = call('HGET', series, name)
  if not before and name ~= OTHER and call('HLEN', series) >= most then
    name = OTHER
    before = call('HGET', series, name)
  end
  if before then
    local counts, wait, duration = match(before, FIGURES)
    local more_counts, more_wait, more_duration = match(told, FIGURES)
    told = add_counts(counts, more_counts) .. ';' .. add_buckets(wait, more_wait) .. ';' .. add_buckets(duration, more_duration)
  end
  call('HSET', series, name, told)
end
call('HSET', counted, ARGV[3], ARGV[4])
call('ZADD', minutes, ARGV[2], ARGV[2])
return answer
