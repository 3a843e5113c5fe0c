#!lua flags=no-writes
-- The last changes of the configuration, newest first.
-- KEYS[1]  base key of the system
-- ARGV[1]  how many
-- Answers the changes: version, time, and the change as JSON, with colons between.
return redis.call('LRANGE', KEYS[1] .. ':configuration', 0, ARGV[1] - 1)
