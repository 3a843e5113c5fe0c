#!lua flags=allow-oom
-- Replaces what an entry of the audit trail says; its time stays.
-- KEYS[1]  base key of the system
-- ARGV[1]  offset of the clock, ms
-- ARGV[2]  the entry's number
-- ARGV[3]  the entry, as JSON
-- Answers 'ok', or 'missing' when it is not kept any more.
-- @include queue
local trail = base .. ':audit'
local present = call('HGET', trail, ARGV[2])
if not present then
  return 'missing'
end
call('HSET', trail, ARGV[2], match(present, '^%d+ ') .. ARGV[3])
return 'ok'
