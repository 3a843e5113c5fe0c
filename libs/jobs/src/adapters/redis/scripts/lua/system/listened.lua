#!lua flags=no-writes
-- The queues of which events are asked for.
-- KEYS[1]  base key of the system
-- ARGV[1]  offset of the clock, ms
-- Answers two values each: queue, or '*' for all, and for how many milliseconds from now.
-- @include queue
-- @include listened
return listened()
