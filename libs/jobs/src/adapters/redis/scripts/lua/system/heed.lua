#!lua flags=allow-oom
-- Asks every process to make events of some queues for a while, and forgets who asked no more.
-- KEYS[1]  base key of the system
-- ARGV[1]  offset of the clock, ms
-- ARGV[2]  for how long, ms
-- ARGV[3..]  queues, or '*' for all
-- Answers the number of the newest event.
-- @include queue
local listening = base .. ':listening'
for at = 3, #ARGV do
  local until_ = math.max(now + tonumber(ARGV[2]), tonumber(call('HGET', listening, ARGV[at])) or 0)
  call('HSET', listening, ARGV[at], format('%.0f', until_))
end
local fields = call('HGETALL', listening)
for at = 1, #fields, 2 do
  if tonumber(fields[at + 1]) <= now then
    call('HDEL', listening, fields[at])
  end
end
local last = call('XREVRANGE', base .. ':events', '+', '-', 'COUNT', 1)[1]
return last and match(last[1], '^%d+') or '0'
