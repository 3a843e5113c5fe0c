#!lua flags=allow-oom
-- A process ends: it is known no more.
-- KEYS[1]  base key of the system
-- ARGV[1]  offset of the clock, ms
-- ARGV[2]  holder
-- Answers 'withdrawn'.
-- @include queue
call('HDEL', base .. ':processes', ARGV[2])
call('ZREM', base .. ':beats', ARGV[2])
call('UNLINK', base .. ':orders:' .. ARGV[2])
return 'withdrawn'
