#!lua flags=allow-oom
-- Replaces what is known of a process, counts as its heartbeat, and forgets processes that are long gone.
-- KEYS[1]  base key of the system
-- ARGV[1]  offset of the clock, ms
-- ARGV[2]  holder
-- ARGV[3]  what it publishes, as JSON
-- ARGV[4]  number of the last order it has obeyed
-- ARGV[5]  for how long a silent process is remembered, ms
-- Answers the version of the configuration, the number of the newest event, the queues of which events are asked for (two
-- values each: queue, for how many ms), the orders the process has not obeyed (two values each: number, order and worker).
-- @include queue
-- @include listened
local FORGOTTEN = 10
local orders, holder, obeyed = base .. ':orders:', ARGV[2], tonumber(ARGV[4])
call('HSET', base .. ':processes', holder, ARGV[3])
call('ZADD', base .. ':beats', now, holder)
for _, gone in ipairs(call('ZRANGE', base .. ':beats', '-inf', now - tonumber(ARGV[5]), 'BYSCORE', 'LIMIT', 0, FORGOTTEN)) do
  call('HDEL', base .. ':processes', gone)
  call('ZREM', base .. ':beats', gone)
  call('UNLINK', orders .. gone)
end
local left, fields = {}, call('HGETALL', orders .. holder)
for at = 1, #fields, 2 do
  local number = tonumber(fields[at])
  if number and number <= obeyed then
    call('HDEL', orders .. holder, fields[at])
  elseif number then
    left[#left + 1] = fields[at]
    left[#left + 1] = fields[at + 1]
  end
end
local change = call('LINDEX', base .. ':configuration', 0)
local event = call('XREVRANGE', base .. ':events', '+', '-', 'COUNT', 1)[1]
return { change and match(change, '^%d+') or '0', event and match(event[1], '^%d+') or '0', listened(), left }
