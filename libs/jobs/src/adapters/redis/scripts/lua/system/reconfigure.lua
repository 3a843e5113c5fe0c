#!lua flags=allow-oom
-- Replaces what was changed of the configuration, if nobody has come first, and keeps the change.
-- KEYS[1]  base key of the system
-- ARGV[1]  offset of the clock, ms
-- ARGV[2]  where notices go: 'keys' or 'shards'
-- ARGV[3]  sender
-- ARGV[4]  slot
-- ARGV[5]  sequence
-- ARGV[6]  the version it is expected to have
-- ARGV[7]  how many changes are kept
-- ARGV[8]  the change as JSON: who, what, and the whole document
-- Answers the version it has now, or 'conflict'.
-- @include queue
-- @include change
if answered then
  return answered
end
local changes = base .. ':configuration'
local last = call('LINDEX', changes, 0)
local version = last and tonumber(match(last, '^%d+')) or 0
if version ~= tonumber(ARGV[6]) then
  return commit('conflict')
end
version = format('%.0f', version + 1)
call('LPUSH', changes, version .. ':' .. format('%.0f', now) .. ':' .. ARGV[8])
call('LTRIM', changes, 0, ARGV[7] - 1)
return commit(version)
