-- What every script that changes a queue shares: answering a resend, and writing back.
-- ARGV[2]  where notices go: 'keys' (standalone) or 'shards' (Cluster)
-- ARGV[3]  sender: one boot of one process
-- ARGV[4]  slot: the sender has one call at a time in it
-- ARGV[5]  sequence: grows with each call in a slot, the same for a resend
local SENDERS_CHECKED, SENDER_IDLE = 2, 600000
local replies, slot, sequence = base .. ':replies:' .. ARGV[3], ARGV[4], tonumber(ARGV[5])

-- The answer that was given to this very call before; nil when it is new. An older call than the one remembered is a
-- ghost that comes late: it must not act, and nobody waits for its answer.
local answered
do
  local value = call('HGET', replies, slot)
  if value then
    local given, reply = match(value, '^(%d+):%d+:(.*)$')
    given = tonumber(given)
    if given > sequence then
      return redis.error_reply('STALE a later call has taken this one\'s place')
    end
    answered = given == sequence and reply or nil
  end
end

local was_pending, earlier_due = count('pending'), false

-- Answers how many hear it.
local function publish(channel, message)
  return call(ARGV[2] == 'shards' and 'SPUBLISH' or 'PUBLISH', base .. channel, message)
end

-- Wakes one sleeper: the marker stays until somebody takes it.
local function wake()
  if meta.paused == '1' then
    return
  end
  if ARGV[2] == 'shards' then
    publish(':wake', '')
  else
    call('ZADD', base .. ':wake', 0, 'w')
  end
end

-- True when jobs came to a queue that had none for all: sleepers have passed by suspects, of which a process takes one at
-- a time. So has an earlier due time come to all: whoever sleeps knows only of the one before.
local suspects_before = was_pending > 0 and call('LLEN', base .. ':suspects') or 0
local function has_news()
  return earlier_due or (was_pending <= suspects_before and count('pending') > was_pending)
end

-- Forgets the replies of senders that have not called for ten minutes: no call is resent for so long.
local function trim_senders()
  local oldest = call('ZRANGE', base .. ':senders', '-inf', now - SENDER_IDLE, 'BYSCORE', 'LIMIT', 0, SENDERS_CHECKED)
  for _, sender in ipairs(oldest) do
    local latest = 0
    for _, value in ipairs(call('HVALS', base .. ':replies:' .. sender)) do
      latest = math.max(latest, tonumber(match(value, '^%d+:(%d+)')))
    end
    if latest <= now - SENDER_IDLE then
      call('UNLINK', base .. ':replies:' .. sender)
      call('ZREM', base .. ':senders', sender)
    else
      call('ZADD', base .. ':senders', latest, sender)
    end
  end
end

-- Writes back the meta fields and remembers the answer. Lua's last act in every script that changes something.
local function commit(reply)
  local fields = { 'now', format('%.0f', now) }
  for field, value in pairs(changed) do
    fields[#fields + 1] = field
    fields[#fields + 1] = type(value) == 'number' and format('%.0f', value) or value
  end
  call('HSET', META, unpack(fields))
  if call('HSET', replies, slot, format('%.0f:%.0f:%s', sequence, now, reply)) == 1 then
    call('ZADD', base .. ':senders', now, ARGV[3])
    trim_senders()
  end
  return reply
end
