#!lua flags=no-writes
-- The processes of the system.
-- KEYS[1]  base key of the system
-- ARGV[1]  offset of the clock, ms
-- ARGV[2]  for how long a silent process is remembered, ms
-- Answers two values each: milliseconds since it was last heard of, what it publishes as JSON.
-- @include queue
local found = {}
local beats = call('ZRANGE', base .. ':beats', now - tonumber(ARGV[2]), '+inf', 'BYSCORE', 'WITHSCORES')
for at = 1, #beats, 2 do
  local record = call('HGET', base .. ':processes', beats[at])
  if record then
    found[#found + 1] = format('%.0f', now - tonumber(beats[at + 1]))
    found[#found + 1] = record
  end
end
return found
