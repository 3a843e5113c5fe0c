#!lua flags=allow-oom
-- Notes which queue a schedule lies in, unless there are too many, it is known to lie in another queue, or it was to lie
-- somewhere and has been forgotten since.
-- KEYS[1]  base key of the system
-- ARGV[1]  offset of the clock, ms
-- ARGV[2]  id
-- ARGV[3]  queue
-- ARGV[4]  the queue that it may have lain in, or ''
-- ARGV[5]  'known' if it lies somewhere, as far as its caller knows, or ''
-- ARGV[6]  how many there may be
-- Answers 'enlisted', 'too-many', 'gone', or the other queue behind 'elsewhere:'.
-- @include queue
local places, id, queue = base .. ':schedules', ARGV[2], ARGV[3]
local place = call('HGET', places, id)
if place and place ~= queue and place ~= ARGV[4] then
  return 'elsewhere:' .. place
end
if not place and ARGV[5] == 'known' then
  return 'gone'
end
if not place and call('HLEN', places) >= tonumber(ARGV[6]) then
  return 'too-many'
end
call('HSET', places, id, queue)
return 'enlisted'
