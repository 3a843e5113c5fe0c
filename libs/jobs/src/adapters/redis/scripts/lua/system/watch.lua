#!lua flags=allow-oom
-- Takes or keeps the turn to look after alerts, if nobody else has it, and reads what is known of them.
-- KEYS[1]  base key of the system
-- ARGV[1]  offset of the clock, ms
-- ARGV[2]  holder
-- ARGV[3]  for how long, ms; 0 leaves the turn to the next
-- Answers 'mine' or 'taken', the version, the time, and what was written last, if anything was.
-- @include queue
local alerts, holder, lease = base .. ':alerts', ARGV[2], tonumber(ARGV[3])
local has, ends, version, book = unpack(call('HMGET', alerts, 'holder', 'until', 'version', 'book'))
if has == holder or (tonumber(ends) or 0) <= now then
  has = lease == 0 and '' or holder
  call('HSET', alerts, 'holder', has, 'until', format('%.0f', now + lease))
end
return { has == holder and 'mine' or 'taken', version or '0', format('%.0f', now), book }
