-- Failed attempts, and the ends that the store itself decides. The history holds JSON, which no script reads.
local HISTORY = 50

-- Adds a failed attempt, given as the rest of a JSON object; answers the flags the record must then have.
local function add_failure(id, record, rest)
  local attempt = format('{"attempt":%.0f,"failedAt":%.0f,', record.attempts + 1, now)
  call('RPUSH', base .. ':h:' .. id, attempt .. rest)
  call('LTRIM', base .. ':h:' .. id, -HISTORY, -1)
  return with(record.flags, 'h')
end

-- Gives a job up for a reason of the store's own, such as 'expired'. The words for it are the reader's.
local function give_up(id, record, code, facts)
  local flags = add_failure(id, record, '"process":"","code":"' .. code .. '"' .. (facts or '') .. '}')
  finish(id, record, 'failed', { flags = flags })
end

-- What is stored of the job cannot be read, and it stands in no line any more: it ends where people see it.
local function give_up_unreadable(id)
  local envelope = call('HGET', base .. ENVELOPES .. sub(id, 1, -3), sub(id, -2))
  if envelope then
    give_up(id, fresh(envelope) or blank('0'), 'corrupt')
  end
end

local function give_up_expired(id, record, created)
  give_up(id, record, 'expired', format(',"allowed":%.0f', record.expiresAt - created))
end
