#!lua flags=allow-oom
-- Notes which queue a schedule lies in, unless there are too many, or it is known to lie in another queue.
-- KEYS[1]  base key of the system
-- ARGV[1]  offset of the clock, ms
-- ARGV[2]  id
-- ARGV[3]  queue
-- ARGV[4]  the queue that it may have lain in, or ''
-- ARGV[5]  how many there may be
-- Answers 'enlisted', 'too-many', or the other queue behind 'elsewhere:'.
-- @include queue
local places, id, queue = base .. ':schedules', ARGV[2], ARGV[3]
local place = call('HGET', places, id)
if place and place ~= queue and place ~= ARGV[4] then
  return 'elsewhere:' .. place
end
if not place and call('HLEN', places) >= tonumber(ARGV[5]) then
  return 'too-many'
end
call('HSET', places, id, queue)
return 'enlisted'
