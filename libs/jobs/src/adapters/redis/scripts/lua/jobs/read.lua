#!lua flags=no-writes
-- Everything there is about some jobs, at one moment.
-- KEYS[1]    base key of the queue
-- ARGV[1..]  stored ids
-- Answers for each id five things in a row: envelope ('' where there is no such job), state record or '', history (a
-- list of JSON texts), log (a list of JSON texts), progress JSON or ''.
local base, call = KEYS[1], redis.call
local reply = {}
for place = 1, #ARGV do
  local id = ARGV[place]
  local bucket, field = string.sub(id, 1, -3), string.sub(id, -2)
  local envelope = call('HGET', base .. ':e:' .. bucket, field)
  local size = #reply
  reply[size + 1], reply[size + 2], reply[size + 3], reply[size + 4], reply[size + 5] = envelope or '', '', {}, {}, ''
  if envelope then
    reply[size + 2] = call('HGET', base .. ':s:' .. bucket, field) or ''
    if reply[size + 2] ~= '' then
      reply[size + 3] = call('LRANGE', base .. ':h:' .. id, 0, -1)
      reply[size + 4] = call('LRANGE', base .. ':l:' .. id, 0, -1)
      reply[size + 5] = call('GET', base .. ':g:' .. id) or ''
    end
  end
end
return reply
