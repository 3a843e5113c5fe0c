// Generated from lua/ by `npm run generate`: edit those, not this. What scripts share stands here once.

const addJobPart = `local NEW = { generation = '0', flags = '' }
local function due_at(text)
if text == '' then
return now
end
local value = tonumber(sub(text, 2))
return sub(text, 1, 1) == '+' and now + value or value
end
local function add(id, job)
local envelope = stamp .. job.envelope
largest = math.max(largest, #envelope)
put(ENVELOPES, id, envelope)
if job.due == '' or due_at(job.due) <= now then
arrive(id, NEW, job.priority)
return 'pending'
end
local record, at = fresh(envelope), due_at(job.due)
local order = defer(id, 'scheduled', at)
put(STATES, id, render(record, { state = 'scheduled', at = at, order = order }))
return 'scheduled'
end`;

const bucketsPart = `local function grouped(ids)
local groups, by_bucket = {}, {}
local last_bucket, group
for place = 1, #ids do
local id = ids[place]
local bucket = sub(id, 1, -3)
if bucket ~= last_bucket then
last_bucket, group = bucket, by_bucket[bucket]
if not group then
group = { bucket = bucket, fields = {}, places = {}, size = 0 }
by_bucket[bucket] = group
groups[#groups + 1] = group
end
end
local size = group.size + 1
group.size, group.fields[size], group.places[size] = size, sub(id, -2), place
end
return groups
end
local function fetch(part, groups)
local found = {}
for _, group in ipairs(groups) do
local fields, places = group.fields, group.places
for first = 1, group.size, 1000 do
local values = call('HMGET', base .. part .. group.bucket, unpack(fields, first, math.min(first + 999, group.size)))
for index = 1, #values do
found[places[first + index - 1]] = values[index]
end
end
end
return found
end
local puts, forgotten_fields = { [ENVELOPES] = {}, [STATES] = {} }, {}
local function fields_in(buckets, bucket)
local fields = buckets[bucket]
if not fields then
fields = {}
buckets[bucket] = fields
end
return fields
end
local function put(part, id, value)
local writes = fields_in(puts[part], sub(id, 1, -3))
local size = #writes
writes[size + 1], writes[size + 2] = sub(id, -2), value
end
local function forget(id)
local fields = fields_in(forgotten_fields, sub(id, 1, -3))
fields[#fields + 1] = sub(id, -2)
end
local function flush_buckets()
for part, buckets in pairs(puts) do
for bucket, writes in pairs(buckets) do
many('HSET', base .. part .. bucket, writes)
end
puts[part] = {}
end
for bucket, fields in pairs(forgotten_fields) do
many('HDEL', base .. ENVELOPES .. bucket, fields)
many('HDEL', base .. STATES .. bucket, fields)
end
forgotten_fields = {}
end`;

const cancelOnePart = `local function cancel_one(id, record)
local state = record.state
if state == 'running' then
if not has(record, 'c') then
put(STATES, id, render(record, { flags = record.flags .. 'c' }))
end
publish(':cancel', id)
return 'requested:running'
elseif state == 'completed' or state == 'failed' or state == 'cancelled' then
return nil
end
leave(id, record)
finish(id, record, 'cancelled')
return 'ok:cancelled'
end`;

const changePart = `local SENDERS_CHECKED, SENDER_IDLE = 2, 600000
local replies, slot, sequence = base .. ':replies:' .. ARGV[3], ARGV[4], tonumber(ARGV[5])
local answered
do
local value = call('HGET', replies, slot)
if value then
local given, reply = match(value, '^(%d+):%d+:(.*)$')
given = tonumber(given)
if given > sequence then
return redis.error_reply('STALE a later call has taken this one\\'s place')
end
answered = given == sequence and reply or nil
end
end
local was_pending, earlier_due = count('pending'), false
local function publish(channel, message)
return call(ARGV[2] == 'shards' and 'SPUBLISH' or 'PUBLISH', base .. channel, message)
end
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
local suspects_before = was_pending > 0 and call('LLEN', base .. ':suspects') or 0
local function has_news()
return earlier_due or (was_pending <= suspects_before and count('pending') > was_pending)
end
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
end`;

const claimAgainPart = `local function claim_again()
local ids = {}
for id in string.gmatch(call('HGET', leases, answered) or '', '[^\\n]+') do
ids[#ids + 1] = id
end
local groups = grouped(ids)
local envelopes, records = fetch(ENVELOPES, groups), fetch(STATES, groups)
for index, id in ipairs(ids) do
local record = records[index] and parse(records[index])
if envelopes[index] and record and record.state == 'running' and record.token == answered and record.holder == holder then
packed[#packed + 1] = id
reply[#reply + 1] = records[index] .. '\\n' .. envelopes[index]
end
end
reply[5] = concat(packed, '\\n')
end`;

const completePart = `local heads, completed, kept_completed, retained = {}, {}, {}, {}
local function completed_head(record)
local head = heads[record]
if not head then
head = render(record, {
state = 'completed', token = '0', holder = '', at = now, order = '', result = '',
attempts = record.attempts + 1, flags = without(record.flags, 'sc'),
})
heads[record] = head
end
return head
end
local function index_kept(id, record)
local own = own_retention(record, 'completed')
local writes = own and kept_completed or completed
local size = #writes
writes[size + 1], writes[size + 2] = next_finish(), id
if own then
local number = #retained
retained[number + 1], retained[number + 2] = format('%.0f', now + record.retain), id
end
kept = kept + 1
end
local function complete_run(bucket, packed, results, token)
local fields = {}
if packed == '' then
bucket, fields[1] = sub(bucket, 1, -3), sub(bucket, -2)
else
for index = 1, #packed / 2 do
fields[index] = sub(packed, 2 * index - 1, 2 * index)
end
end
local result_of = {}
local function result(index)
if #result_of == 0 then
for text in string.gmatch(results .. '\\n', '([^\\n]*)\\n') do
result_of[#result_of + 1] = text
end
end
return result_of[index] or ''
end
local texts = call('HMGET', base .. STATES .. bucket, unpack(fields))
local last, record, ours, drops
local seen, gone, writes, done = {}, {}, {}, 0
for index, field in ipairs(fields) do
local text = texts[index]
if text ~= last then
last, record = text, text and parse(text)
ours = record and leased_to(record, holder, token)
drops = ours and (record.retain == '0' or (record.retain == '' and keeps_nothing))
end
place = place + 1
if not ours or seen[field] then
lost[#lost + 1] = place
else
seen[field], done = true, done + 1
if drops then
gone[#gone + 1] = field
if record.flags ~= '' then
drop_details(bucket .. field, record)
end
else
local size = #writes
writes[size + 1], writes[size + 2] = field, completed_head(record) .. result(index)
index_kept(bucket .. field, record)
end
if waited_for then
tell(bucket .. field, 'completed', result(index))
end
end
end
many('HDEL', base .. ENVELOPES .. bucket, gone)
many('HDEL', base .. STATES .. bucket, gone)
many('HSET', base .. STATES .. bucket, writes)
return done
end
local function complete_group(at, runs, token)
local done = 0
for _ = 1, runs do
done = done + complete_run(ARGV[at], ARGV[at + 1], ARGV[at + 2], token)
at = at + 3
end
if done > 0 then
unlease(holder, token, done)
bump('completed', done)
settled = settled + done
end
end`;

const cutPart = `local function cut(entries, list)
local kept = {}
for index = 1, #entries do
local id = read_entry(entries[index])
local size = call('HSTRLEN', base .. ENVELOPES .. sub(id, 1, -3), sub(id, -2))
if bytes + size > BYTES and bytes > 0 then
local rest = {}
for place = #entries, index, -1 do
rest[#rest + 1] = entries[place]
end
many('LPUSH', list, rest)
put_back = true
return kept
end
bytes = bytes + size
kept[index] = entries[index]
end
return kept
end`;

const duePart = `local function defer(id, state, due)
bump('order', 1)
local order = format('%012.0f', count('order'))
call('ZADD', base .. ':' .. state, format('%.0f', due), order .. id)
if not next_due() or due < next_due() then
set('due', due)
earlier_due = true
end
return order
end
local function undefer(id, record)
call('ZREM', base .. ':' .. record.state, record.order .. id)
end
local function read_due()
local first
for _, state in ipairs({ 'scheduled', 'retrying' }) do
local score = tonumber(call('ZRANGE', base .. ':' .. state, 0, 0, 'WITHSCORES')[2])
if score and (not first or score < first) then
first = score
end
end
if first ~= next_due() then
set('due', first or '')
end
end`;

const endAttemptPart = `local function come_back(id, record, state, due, changes)
changes.token, changes.holder, changes.flags = '0', '', without(changes.flags or record.flags, 'sc')
changes.state, changes.at = state, due
if state == 'pending' then
arrive(id, { generation = record.generation, flags = '' }, record.priority)
else
changes.order = defer(id, state, due)
end
put(STATES, id, render(record, changes))
end
local function fail(id, record, rest, state, delay)
if record.startedAt ~= '' then
rest = '"startedAt":' .. record.startedAt .. ',' .. rest
end
local changes = { flags = add_failure(id, record, rest), attempts = record.attempts + 1 }
if state == 'failed' then
finish(id, record, 'failed', changes)
else
come_back(id, record, state, now + delay, changes)
end
end
local function settle(id, record, kind, delay, rest)
local comes_back = kind ~= 'failed' and kind ~= 'cancelled' and kind ~= 'corrupt'
if kind == 'cancelled' or (comes_back and has(record, 'c')) then
finish(id, record, 'cancelled')
return kind ~= 'cancelled' and 'cancelled' or nil
elseif kind == 'failed' then
fail(id, record, rest, 'failed')
elseif kind == 'retry' then
fail(id, record, rest, 'retrying', delay)
elseif kind == 'corrupt' then
give_up(id, record, 'corrupt')
elseif kind == 'snoozed' then
come_back(id, record, 'scheduled', now + delay, {})
else
come_back(id, record, delay > 0 and 'scheduled' or 'pending', now + delay, { strays = record.strays + (kind == 'no-handler' and 1 or 0) })
end
end`;

const failurePart = `local HISTORY = 50
local function add_failure(id, record, rest)
local attempt = format('{"attempt":%.0f,"failedAt":%.0f,', record.attempts + 1, now)
call('RPUSH', base .. ':h:' .. id, attempt .. rest)
call('LTRIM', base .. ':h:' .. id, -HISTORY, -1)
return with(record.flags, 'h')
end
local function give_up(id, record, code, facts)
local flags = add_failure(id, record, '"process":"","code":"' .. code .. '"' .. (facts or '') .. '}')
finish(id, record, 'failed', { flags = flags })
end
local function give_up_unreadable(id)
local envelope = call('HGET', base .. ENVELOPES .. sub(id, 1, -3), sub(id, -2))
if envelope then
give_up(id, fresh(envelope) or blank('0'), 'corrupt')
end
end
local function give_up_expired(id, record, created)
give_up(id, record, 'expired', format(',"allowed":%.0f', record.expiresAt - created))
end`;

const finishPart = `local function finished_index(record, state)
return base .. (own_retention(record, state) and state ~= 'failed' and ':kept:' or ':') .. state
end
local function drop(id, record)
forget(id)
drop_details(id, record)
end
local function unfinish(id, record)
call('ZREM', finished_index(record, record.state), id)
if own_retention(record, record.state) then
call('ZREM', base .. ':retained', id)
end
end
local function finish(id, record, state, changes)
changes = changes or {}
changes.state, changes.token, changes.holder, changes.at, changes.order = state, '0', '', now, ''
changes.flags = without(changes.flags or record.flags, 'sc')
put(STATES, id, render(record, changes))
call('ZADD', finished_index(record, state), next_finish(), id)
if own_retention(record, state) then
call('ZADD', base .. ':retained', format('%.0f', now + record.retain), id)
end
bump(state, 1)
tell(id, state, changes.result or '')
end`;

const finishPart2 = `local function finished_index(record, state)
return base .. (own_retention(record, state) and state ~= 'failed' and ':kept:' or ':') .. state
end
local function drop(id, record)
forget(id)
drop_details(id, record)
end
local function unfinish(id, record)
call('ZREM', finished_index(record, record.state), id)
if own_retention(record, record.state) then
call('ZREM', base .. ':retained', id)
end
end
local function finish(id, record, state, changes)
changes = changes or {}
changes.state, changes.token, changes.holder, changes.at, changes.order = state, '0', '', now, ''
changes.flags = without(changes.flags or record.flags, 'sc')
put(STATES, id, render(record, changes))
call('ZADD', finished_index(record, state), next_finish(), id)
if own_retention(record, state) then
call('ZADD', base .. ':retained', format('%.0f', now + record.retain), id)
end
bump(state, 1)
tell(id, state, changes.result or '')
end`;

const finishedPart = `local TOLD = 65536
local function own_retention(record, state)
return record.retain ~= '' and not (state == 'failed' and record.retain == '0')
end
local function next_finish()
local score = math.max(now * 1000, count('finished') + 1)
set('finished', score)
return format('%.0f', score)
end
local waited_for = count('waiters') > time[1] * 1000
local function tell(id, state, result)
if waited_for then
publish(':finished', state .. '\\n' .. id .. '\\n' .. (#result <= TOLD and result or '…'))
end
end
local function drop_details(id, record)
if record.flags ~= '' then
call('UNLINK', base .. ':h:' .. id, base .. ':l:' .. id, base .. ':g:' .. id)
end
end`;

const handOverPart2 = `local MOST_JOBS, MOST_BYTES, TRIES = 8, 16384, 2
local function leased_records(token, holder, level, groups)
local plain, records, bytes = plain_jobs(token, holder, level), {}, 0
for number, group in ipairs(groups) do
local writes = {}
for index, field in ipairs(group[2]) do
local envelope, record = group[3][2 * index], nil
for _, kind in ipairs(plain) do
record = record or (sub(envelope, 14, 13 + #kind[1]) == kind[1] and kind[2])
end
bytes = bytes + #envelope
if not record or bytes > MOST_BYTES then
return nil
end
writes[2 * index - 1], writes[2 * index] = field, record
end
records[number] = writes
end
return records
end
local function tell_holder(holder, token, ids, groups)
local message = { token, format('%.0f', now) }
for _, group in ipairs(groups) do
for index = 2, #group[3], 2 do
local place = #message
message[place + 1], message[place + 2] = ids[place / 2], group[3][index]
end
end
return publish(':handed:' .. holder, cjson.encode(message)) > 0
end
local function hand_over(level, ids, groups)
if #ids > MOST_JOBS or room() < #ids then
return false
end
local token = format('%.0f', count('token') + 1)
for _ = 1, TRIES do
local holder, slots = unpack(call('HRANDFIELD', base .. ':standby', 1, 'WITHVALUES'))
if not holder then
return false
end
local alive = (tonumber(call('ZSCORE', base .. ':holders', holder)) or 0) > now
local records = alive and tonumber(slots) >= #ids and leased_records(token, holder, level, groups)
if records and tell_holder(holder, token, ids, groups) then
for number, group in ipairs(groups) do
call('HSET', base .. STATES .. group[1], unpack(records[number]))
end
call('HSET', base .. ':leases:' .. holder, token, concat(ids, '\\n'), token .. '#', #ids, token .. '!', format('%.0f', now))
if call('HINCRBY', base .. ':standby', holder, -#ids) <= 0 then
call('HDEL', base .. ':standby', holder)
end
set('token', token)
bump('running', #ids)
return true
elseif records or not alive then
call('HDEL', base .. ':standby', holder)
end
end
return false
end`;

const keepSchedulePart = `local function keep_schedule(id, schedule)
local revision = format('%.0f', schedule.revision + 1)
call('HSET', TIMES, id, concat({
'v1', revision, schedule.time, schedule.due, schedule.last, schedule.runs, schedule.waiting, schedule.recent,
}, '|'))
if schedule.due == '' then
call('ZREM', DUE, id)
else
call('ZADD', DUE, schedule.due, id)
end
call(schedule.waiting == '' and 'SREM' or 'SADD', WAITING, id)
return revision
end`;

const leasesPart = `local function unlease(holder, token, number)
local leases = base .. ':leases:' .. holder
if call('HINCRBY', leases, token .. '#', format('%.0f', -number)) <= 0 then
call('HDEL', leases, token, token .. '#', token .. '!')
end
bump('running', -number)
end
local function leased_to(record, holder, token)
return record.state == 'running' and record.token == token and record.holder == holder
end
local function split_ids(packed)
local ids = {}
for id in string.gmatch(packed, '[^\\n]+') do
ids[#ids + 1] = id
end
return ids
end
local function claims_of(holder)
local flat, claims, open, handed = call('HGETALL', base .. ':leases:' .. holder), {}, {}, {}
for index = 1, #flat, 2 do
local token, kind = match(flat[index], '^(%d+)([#!])$')
if kind == '#' then
open[token] = tonumber(flat[index + 1])
elseif kind == '!' then
handed[token] = tonumber(flat[index + 1])
elseif match(flat[index], '^%d+$') then
claims[#claims + 1] = { token = flat[index], ids = flat[index + 1] }
end
end
for _, claim in ipairs(claims) do
claim.open, claim.handed = open[claim.token] or 0, handed[claim.token]
end
table.sort(claims, function(a, b)
return tonumber(a.token) < tonumber(b.token)
end)
return claims
end`;

const leavePart = `local function leave(id, record)
if record.state == 'pending' then
leave_line(id, record)
elseif record.state == 'scheduled' or record.state == 'retrying' then
undefer(id, record)
end
end`;

const linePart = `local arrivals, suspects, departures = {}, {}, {}
local SEARCHED = 1000
local function entry(id, generation)
return generation == '0' and id or '#' .. generation .. '#' .. id
end
local function read_entry(text)
if sub(text, 1, 1) == '#' then
local generation, id = match(text, '^#(%d+)#(.*)$')
if id then
return id, generation
end
end
return text, '0'
end
local function depart(priority, number)
priority = tostring(priority)
departures[priority] = (departures[priority] or 0) + number
end
local function arrive(id, record, priority)
local level = tostring(priority)
local entries = suspects
if not has(record, 's') then
entries = arrivals[level] or {}
arrivals[level] = entries
end
entries[#entries + 1] = entry(id, record.generation)
depart(level, -1)
end
local function leave_line(id, record)
local list = has(record, 's') and base .. ':suspects' or base .. ':p:' .. record.priority
if call('LLEN', list) <= SEARCHED then
call('LREM', list, 1, entry(id, record.generation))
else
bump('strewn', 1)
end
depart(record.priority, 1)
end
local function flush_lines()
for priority, entries in pairs(arrivals) do
many('RPUSH', base .. ':p:' .. priority, entries)
call('ZADD', base .. ':levels', priority, priority)
end
many('RPUSH', base .. ':suspects', suspects)
for priority, number in pairs(departures) do
bump('pending', -number)
if number ~= 0 and call('HINCRBY', base .. ':depths', priority, format('%.0f', -number)) <= 0 then
call('HDEL', base .. ':depths', priority)
call('UNLINK', base .. ':p:' .. priority)
call('ZREM', base .. ':levels', priority)
end
end
arrivals, suspects, departures = {}, {}, {}
end`;

const listPendingPart = `local function list_pending()
local lines = call('ZRANGE', base .. ':levels', 0, -1, 'REV')
table.insert(lines, 1, 'suspects')
local from_line, from_number = match(after, '^([^:]*):(%d+)$')
local begun, seen = from_line == nil, {}
for _, line in ipairs(lines) do
local number = 0
if not begun and (line == from_line or (line ~= 'suspects' and from_line ~= 'suspects' and tonumber(line) < tonumber(from_line))) then
begun = true
number = line == from_line and tonumber(from_number) or 0
end
local list = base .. (line == 'suspects' and ':suspects' or ':p:' .. line)
while begun and not is_full() do
local entries = call('LRANGE', list, number, number + 499)
if #entries == 0 then
break
end
local ids, generations = {}, {}
for index = 1, #entries do
ids[index], generations[index] = read_entry(entries[index])
end
local records = fetch(STATES, grouped(ids))
for index, id in ipairs(ids) do
local record = records[index] and parse(records[index])
local is_pending = generations[index] == '0' and not record
or record and record.state == 'pending' and record.generation == generations[index]
if is_pending and not seen[id] and not is_full() then
seen[id] = true
add(id, line .. ':' .. (number + index))
end
end
number = number + #entries
end
end
end`;

const listRunningPart = `local function list_running()
local claims = {}
for _, holder in ipairs(call('ZRANGE', base .. ':holders', 0, -1)) do
for _, claim in ipairs(claims_of(holder)) do
claim.holder = holder
claims[#claims + 1] = claim
end
end
table.sort(claims, function(a, b)
return tonumber(a.token) < tonumber(b.token)
end)
local from_token, from_number = match(after, '^(%d+):(%d+)$')
from_token, from_number = tonumber(from_token) or 0, tonumber(from_number) or 0
for _, claim in ipairs(claims) do
local token = tonumber(claim.token)
if token >= from_token and not is_full() then
local ids = split_ids(claim.ids)
local records = fetch(STATES, grouped(ids))
for number, id in ipairs(ids) do
local is_behind = token > from_token or number > from_number
if is_behind and not is_full() and records[number] and leased_to(parse(records[number]), claim.holder, claim.token) then
add(id, claim.token .. ':' .. number)
end
end
end
end
end`;

const listenedPart = `local function listened()
local asked, fields = {}, call('HGETALL', base .. ':listening')
for at = 1, #fields, 2 do
local left = tonumber(fields[at + 1]) - now
if left > 0 then
asked[#asked + 1] = fields[at]
asked[#asked + 1] = format('%.0f', left)
end
end
return asked
end`;

const movesPart2 = `local function new_generation()
bump('order', 1)
return format('%.0f', count('order'))
end
local function each(first, move)
local receipts = {}
for place = first, #ARGV do
local id, receipt = ARGV[place], 'missing'
local bucket, field = sub(id, 1, -3), sub(id, -2)
local envelope = call('HGET', base .. ENVELOPES .. bucket, field)
if envelope then
local record = record_of(envelope, call('HGET', base .. STATES .. bucket, field))
local state = record.state == 'unreadable' and 'pending' or record.state
receipt = record.state ~= 'unreadable' and move(id, record) or 'illegal:' .. state
end
receipts[#receipts + 1] = receipt
flush_buckets()
flush_lines()
end
read_due()
if has_news() then
wake()
end
return commit(concat(receipts, ','))
end`;

const overflowPart = `local max_depth = tonumber(meta.maxDepth)
local function depth()
return count('pending') + call('ZCARD', base .. ':scheduled') + call('ZCARD', base .. ':retrying')
end
local function drop_oldest()
while true do
local level = call('ZRANGE', base .. ':levels', 0, 0)[1]
if not level then
return false
end
local text = call('LPOP', base .. ':p:' .. level)
if not text then
call('ZREM', base .. ':levels', level)
else
local id, generation = read_entry(text)
local bucket, field = sub(id, 1, -3), sub(id, -2)
local envelope = call('HGET', base .. ENVELOPES .. bucket, field)
local record = envelope and record_of(envelope, call('HGET', base .. STATES .. bucket, field))
if record and record.state == 'pending' and record.generation == generation and record.priority == level then
depart(level, 1)
give_up(id, record, 'dropped', ',"maxDepth":' .. max_depth)
return true
end
end
end
end
local function add_within(id, job)
if depth() >= max_depth then
if meta.onFull ~= 'drop-newest' and meta.onFull ~= 'drop-oldest' then
return 'rejected:' .. max_depth
end
if meta.onFull == 'drop-newest' or not drop_oldest() then
put(ENVELOPES, id, stamp .. job.envelope)
give_up(id, fresh(stamp .. job.envelope), 'dropped', ',"maxDepth":' .. max_depth)
return 'dropped:' .. max_depth
end
end
return add(id, job)
end`;

const plainJobsPart = `local function plain_jobs(token, holder, level)
local at = format('%.0f', now)
local common = 'running|' .. token .. '|' .. holder .. '|0|0|0|0||' .. level .. '|' .. at .. '|' .. at .. '|'
return { { 'v1|||' .. level .. '|', common .. '|||' }, { 'v1||0|' .. level .. '|', common .. '0|||' } }
end`;

const promoteDuePart = `local function promote_due(bound)
if bound <= 0 or not next_due() or next_due() > now then
return 0
end
local due = {}
for _, state in ipairs({ 'scheduled', 'retrying' }) do
local found = call('ZRANGE', base .. ':' .. state, '-inf', now, 'BYSCORE', 'LIMIT', 0, bound, 'WITHSCORES')
for index = 1, #found, 2 do
due[#due + 1] = { state = state, member = found[index], at = tonumber(found[index + 1]) }
end
end
table.sort(due, function(a, b)
if a.at ~= b.at then
return a.at < b.at
end
return a.member < b.member
end)
local ids, taken, handled = {}, { scheduled = {}, retrying = {} }, math.min(#due, bound)
for index = 1, handled do
local found = due[index]
ids[index] = sub(found.member, 13)
table.insert(taken[found.state], found.member)
end
local groups = grouped(ids)
local records = fetch(STATES, groups)
for index, id in ipairs(ids) do
local record = records[index] and parse(records[index])
if record and record.state == due[index].state then
if expired(record) then
local created = sub(call('HGET', base .. ENVELOPES .. sub(id, 1, -3), sub(id, -2)) or '', 1, 13)
give_up_expired(id, record, tonumber(created) or now)
else
put(STATES, id, render(record, { state = 'pending', at = now, order = '' }))
arrive(id, record, record.priority)
end
elseif record and record.state == 'unreadable' then
give_up_unreadable(id)
end
end
for state, members in pairs(taken) do
many('ZREM', base .. ':' .. state, members)
end
flush_buckets()
flush_lines()
read_due()
return handled
end`;

const queuePart = `local base, call = KEYS[1], redis.call
local sub, match, format, concat = string.sub, string.match, string.format, table.concat
local ENVELOPES, STATES = ':e:', ':s:'
local META = base .. ':meta'
local meta, changed = {}, {}
do
local values = call('HMGET', META, 'now', 'pending', 'running', 'due', 'paused', 'concurrency', 'maxDepth', 'largest', 'token', 'waiters', 'completed', 'finished', 'retainAge', 'retainCount')
meta.now, meta.pending, meta.running, meta.due, meta.paused, meta.concurrency = unpack(values, 1, 6)
meta.maxDepth, meta.largest, meta.token, meta.waiters, meta.completed = unpack(values, 7, 11)
meta.finished, meta.retainAge, meta.retainCount = unpack(values, 12, 14)
end
setmetatable(meta, { __index = function(fields, field)
local value = call('HGET', META, field)
fields[field] = value
return value
end })
local function count(field)
return tonumber(meta[field]) or 0
end
local time = call('TIME')
local now = math.max(math.floor(time[1] * 1000 + time[2] / 1000) + tonumber(ARGV[1]), count('now'))
local function set(field, value)
meta[field] = value
changed[field] = value
end
local function bump(field, by)
set(field, count(field) + by)
end
local function next_due()
return tonumber(meta.due)
end
local function room()
if meta.paused == '1' then
return 0
end
local limit = tonumber(meta.concurrency)
return limit and math.max(0, limit - count('running')) or math.huge
end
local function many(command, key, values, step)
local last = #values
step = step or 2000
for first = 1, last, step do
call(command, key, unpack(values, first, math.min(first + step - 1, last)))
end
end`;

const reclaimPart = `local function go_back(id, record)
if has(record, 'c') then
finish(id, record, 'cancelled')
else
put(STATES, id, render(record, { state = 'pending', token = '0', holder = '', at = now }))
arrive(id, record, record.priority)
end
end
local function take_back(holder, claim, known, act)
local unknown, remaining = {}, {}
for _, id in ipairs(split_ids(claim.ids)) do
local list = known[id] and remaining or unknown
list[#list + 1] = id
end
local records = fetch(STATES, grouped(unknown))
for index, id in ipairs(unknown) do
local record = records[index] and parse(records[index])
if record and leased_to(record, holder, claim.token) then
act(id, record)
elseif record and record.state == 'unreadable' then
give_up_unreadable(id)
end
end
flush_buckets()
flush_lines()
bump('running', #remaining - claim.open)
local leases = base .. ':leases:' .. holder
if #remaining == 0 then
call('HDEL', leases, claim.token, claim.token .. '#', claim.token .. '!')
else
call('HSET', leases, claim.token, concat(remaining, '\\n'), claim.token .. '#', #remaining)
end
return #unknown
end
local function blame(holder, id, record, max_crashes)
if has(record, 'c') then
return finish(id, record, 'cancelled')
end
local crashes = tonumber(record.crashes)
if has(record, 's') or max_crashes == 0 then
crashes = crashes + 1
if crashes >= max_crashes then
local flags = add_failure(id, record, format('"process":%s,"startedAt":%s,"code":"crashed","crashes":%.0f,"maxCrashes":%.0f}',
cjson.encode(holder), record.startedAt, crashes, max_crashes))
return finish(id, record, 'failed', { flags = flags, crashes = crashes })
end
end
local flags = with(record.flags, 's')
put(STATES, id, render(record, { state = 'pending', token = '0', holder = '', at = now, flags = flags, crashes = crashes }))
arrive(id, { generation = record.generation, flags = flags }, record.priority)
end
local function forget_holder(holder)
call('ZREM', base .. ':holders', holder)
call('HDEL', base .. ':standby', holder)
call('UNLINK', base .. ':leases:' .. holder)
end
local function reclaim(holder, left)
for _, claim in ipairs(claims_of(holder)) do
if left <= 0 then
return left
end
left = left - take_back(holder, claim, {}, function(id, record)
local envelope = call('HGET', base .. ENVELOPES .. sub(id, 1, -3), sub(id, -2)) or ''
local max_crashes = select(6, match(envelope, FRESH_HEAD))
if max_crashes then
blame(holder, id, record, tonumber(max_crashes))
else
go_back(id, record)
end
end)
end
if left > 0 then
forget_holder(holder)
end
return left
end`;

const recordPart = `local FRESH_HEAD = '^(%d%d%d%d%d%d%d%d%d%d%d%d%d)v1|(%d*)|(%d*)|(-?%d+)|(%d+)|(%d+)|'
local RECORD = '^(%l+)|(%d*)|([^|]*)|(%d*)|(%d+)|(%d+)|(%d+)|(%l*)|(-?%d+)|(%d+)|(%d*)|(%d*)|(%d*)|(%d*)|(.*)$'
local NAMES = {
'state', 'token', 'holder', 'generation', 'attempts', 'crashes', 'strays', 'flags', 'priority', 'at', 'startedAt',
'retain', 'expiresAt', 'order', 'result',
}
local LONGEST_NUMBER, TEXTS = 17, { state = true, holder = true, flags = true, result = true }
local parsed = {}
local function parse(text)
local record = parsed[text]
if record == nil then
local values = { match(text, RECORD) }
record = { state = 'unreadable', flags = '', token = '', generation = '' }
local read = values[1] and {}
for index = 1, #values do
local name, value = NAMES[index], values[index]
if read and (TEXTS[name] or #value <= LONGEST_NUMBER) then
read[name] = value
else
read = nil
end
end
record = read or record
parsed[text] = record
end
return record
end
local function fresh(envelope)
local created, ttl, retain, priority = match(envelope, FRESH_HEAD)
if not created or math.max(#ttl, #retain, #priority) > LONGEST_NUMBER then
return nil
end
return {
state = 'pending', token = '0', holder = '', generation = '0', attempts = '0', crashes = '0', strays = '0',
flags = '', priority = priority, at = created, startedAt = '', retain = retain,
expiresAt = ttl == '' and '' or format('%.0f', created + ttl), order = '', result = '',
}
end
local function blank(priority)
return {
state = 'pending', token = '0', holder = '', generation = '0', attempts = '0', crashes = '0', strays = '0',
flags = '', priority = priority, at = now, startedAt = '', retain = '', expiresAt = '', order = '', result = '',
}
end
local function record_of(envelope, text)
if text then
return parse(text)
end
return fresh(envelope) or parse('')
end
local function render(record, changes)
local parts = {}
for index = 1, #NAMES do
local name = NAMES[index]
local value = changes[name]
if value == nil then
value = record[name]
end
parts[index] = type(value) == 'number' and format('%.0f', value) or value
end
return concat(parts, '|')
end
local function has(record, flag)
return string.find(record.flags, flag, 1, true) ~= nil
end
local function without(flags, letters)
return (string.gsub(flags, '[' .. letters .. ']', ''))
end
local function with(flags, letter)
return string.find(flags, letter, 1, true) and flags or flags .. letter
end
local function expired(record)
return record.expiresAt ~= '' and tonumber(record.expiresAt) <= now
end`;

const retentionPart = `local function trim_retained(bound)
local ids = call('ZRANGE', base .. ':retained', '-inf', now, 'BYSCORE', 'LIMIT', 0, bound)
local records = fetch(STATES, grouped(ids))
for index, id in ipairs(ids) do
if records[index] then
local record = parse(records[index])
unfinish(id, record)
drop(id, record)
end
end
many('ZREM', base .. ':retained', ids)
return #ids
end
local function trim_finished(state, age, kept, bound)
local index = base .. ':' .. state
local past = call('ZCOUNT', index, '-inf', format('(%.0f', (now - age + 1) * 1000))
local number = math.min(bound, math.max(past, call('ZCARD', index) - kept))
if number <= 0 then
return 0
end
local ids = call('ZRANGE', index, 0, number - 1)
local records = fetch(STATES, grouped(ids))
for place, id in ipairs(ids) do
drop(id, records[place] and parse(records[place]) or { flags = '' })
end
call('ZREMRANGEBYRANK', index, 0, number - 1)
return number
end`;

const schedulesPart = `local DEFINITIONS, TIMES, DUE, WAITING = base .. ':schedules', base .. ':schedules:state', base .. ':schedules:due', base .. ':schedules:waiting'
local function read_schedule(id)
local text = call('HGET', TIMES, id)
if not text then
return nil
end
local revision, at, due, last, runs, waiting, recent = match(text, '^v1|(%d+)|(%d*)|(%d*)|(%d*)|(%d+)|(%d*)|(.*)$')
if not revision then
return nil
end
return { revision = revision, time = at, due = due, last = last, runs = runs, waiting = waiting, recent = recent }
end
local ENDED = { completed = true, failed = true, cancelled = true, unreadable = true }
local function is_unfinished(id)
local bucket, field = sub(id, 1, -3), sub(id, -2)
local envelope = call('HGET', base .. ENVELOPES .. bucket, field)
return envelope and not ENDED[record_of(envelope, call('HGET', base .. STATES .. bucket, field)).state]
end
local function unfinished_of(schedule)
local ids = {}
for id in string.gmatch(schedule.recent, '[^\\n]+') do
if is_unfinished(id) then
ids[#ids + 1] = id
end
end
return ids
end`;

const submitEachPart11 = `local limited = max_depth and depth() + #ids > max_depth
local max_scheduled = any_delayed and tonumber(meta.maxScheduled)
local places = max_scheduled and max_scheduled - call('ZCARD', base .. ':scheduled')
local function state_of(id)
if added[id] and not limited then
return added[id]
end
local bucket, field = sub(id, 1, -3), sub(id, -2)
local record = record_of(call('HGET', base .. ENVELOPES .. bucket, field), call('HGET', base .. STATES .. bucket, field))
return record.state == 'unreadable' and 'pending' or record.state
end
local same = true
for index, id in ipairs(ids) do
if there[index] or added[id] then
receipts[index] = 'duplicate:' .. state_of(id)
elseif places and places <= 0 and due_at(jobs[index].due) > now then
receipts[index] = 'too-many-scheduled:' .. max_scheduled
elseif limited then
receipts[index] = add_within(id, jobs[index])
flush_buckets()
flush_lines()
if sub(receipts[index], 1, 8) ~= 'rejected' then
added[id] = receipts[index]
end
else
receipts[index] = add(id, jobs[index])
added[id] = receipts[index]
end
if places and receipts[index] == 'scheduled' then
places = places - 1
end
same = same and receipts[index] == receipts[1]
end
flush_buckets()
flush_lines()
return same and '*' .. receipts[1] or concat(receipts, ',')`;

const submitEachPart8 = `local ids, jobs, added, receipts, any_delayed = {}, {}, {}, {}, false
do
local place = 6
while place < #ARGV do
local number = tonumber(ARGV[place + 2])
any_delayed = any_delayed or ARGV[place + 1] ~= ''
for first = place + 3, place + 1 + 2 * number, 2 do
ids[#ids + 1] = ARGV[first]
jobs[#jobs + 1] = { priority = ARGV[place], due = ARGV[place + 1], envelope = ARGV[first + 1] }
end
place = place + 3 + 2 * number
end
end
local there = fetch(ENVELOPES, grouped(ids))`;

const sweepPart = `local MANY_LEFT, STRETCH = 1000, 500
local function most_littered()
local depths, line, most = call('HGETALL', base .. ':depths'), '', 0
for index = 1, #depths, 2 do
local beyond = call('LLEN', base .. ':p:' .. depths[index]) - depths[index + 1]
if beyond > most then
line, most = depths[index], beyond
end
end
return line
end
local function is_left(id, generation, level, record)
if record then
return record.state ~= 'unreadable'
and (record.state ~= 'pending' or record.generation ~= generation or record.priority ~= level)
end
return generation ~= '0' or call('HSTRLEN', base .. ENVELOPES .. sub(id, 1, -3), sub(id, -2)) == 0
end
local function take_out(list, from, places)
for _, place in ipairs(places) do
call('LSET', list, from + place - 1, '')
end
local nearer_the_end = from > call('LLEN', list) / 2
return #places > 0 and call('LREM', list, nearer_the_end and -#places or #places, '') or 0
end
local function sweep(bound)
if count('strewn') <= MANY_LEFT or bound <= 0 then
return 0
end
local level, from = match(meta.sweep or '', '^(.+):(%d+)$')
level, from = level or most_littered(), tonumber(from) or 0
local list, wanted = base .. ':p:' .. level, math.min(bound, STRETCH)
local entries, ids, generations, places = call('LRANGE', list, from, from + wanted - 1), {}, {}, {}
for index = 1, #entries do
ids[index], generations[index] = read_entry(entries[index])
end
local records = fetch(STATES, grouped(ids))
for index, id in ipairs(ids) do
if is_left(id, generations[index], level, records[index] and parse(records[index])) then
places[#places + 1] = index
end
end
local removed = take_out(list, from, places)
if #entries < wanted then
set('strewn', 0)
set('sweep', '')
else
set('sweep', level .. ':' .. format('%.0f', from + #entries - removed))
end
return #entries
end`;

const takePart2 = `local function take_run(bucket, ids, fields, generations, level, plain)
local envelopes = call('HMGET', base .. ENVELOPES .. bucket, unpack(fields))
local texts = call('HMGET', base .. STATES .. bucket, unpack(fields))
local writes, size, left, kind = {}, #reply, 0, plain[1]
for index = 1, #ids do
local id, envelope, text = ids[index], envelopes[index], texts[index]
if not envelope or taken[id] then
spent = spent + 1
else
local is_plain = false
if not text and generations[index] == '0' and level ~= '' then
if sub(envelope, 14, 13 + #kind[1]) ~= kind[1] then
kind = kind == plain[1] and plain[2] or plain[1]
end
is_plain = sub(envelope, 14, 13 + #kind[1]) == kind[1]
end
local record
if is_plain then
left, record = left + 1, kind[2]
else
record = seldom().take_special(id, generations[index], level, envelope, text)
end
if not record then
spent = spent + 1
else
taken[id] = true
end
if record and record ~= '' then
local number = #writes
writes[number + 1], writes[number + 2] = fields[index], record
size = size + 1
reply[size] = text and text .. '\\n' .. envelope or envelope
packed[#packed + 1] = id
end
end
end
many('HSET', base .. STATES .. bucket, writes)
return left
end
local function take(entries, level)
local plain, index, number, left = plain_jobs(token, holder, level), 1, #entries, 0
local id, generation = read_entry(entries[1])
while index <= number do
local bucket, ids, fields, generations, size = sub(id, 1, -3), {}, {}, {}, 0
repeat
size = size + 1
ids[size], fields[size], generations[size] = id, sub(id, -2), generation
index = index + 1
if index <= number then
id, generation = read_entry(entries[index])
end
until index > number or size == 1000 or sub(id, 1, -3) ~= bucket
left = left + take_run(bucket, ids, fields, generations, level, plain)
end
if left > 0 then
depart(level, left)
end
end`;

const takeSpecialPart = `local RUNNING = { state = 'running', token = token, holder = holder, at = now, startedAt = now, order = '' }
local function set_aside(id, envelope, level)
local version = match(envelope, '^%d+v(%d+)|')
local record = blank(level)
if version and version ~= '1' then
local order = defer(id, 'scheduled', now + 30000)
put(STATES, id, render(record, { state = 'scheduled', at = now + 30000, order = order }))
else
give_up(id, record, 'corrupt')
end
spent = spent + ENDING
end
local function take_special(id, generation, level, envelope, text)
local record = text and parse(text) or fresh(envelope)
if not record or record.state == 'unreadable' then
set_aside(id, envelope, level)
depart(level, 1)
return ''
end
if record.state ~= 'pending' or record.generation ~= generation or (level ~= '' and record.priority ~= level) then
return nil
end
depart(record.priority, 1)
if not match(envelope, FRESH_HEAD) then
set_aside(id, envelope, record.priority)
return ''
elseif expired(record) then
give_up_expired(id, record, tonumber(sub(envelope, 1, 13)))
spent = spent + ENDING
return ''
end
return render(record, RUNNING)
end`;

function script<N extends string>(name: N, sha1: string, parts: readonly string[]) {
  return { name, sha1, source: parts.join('\n') } as const;
}

export const SCRIPTS = {
  alert: script('alert', '6e69a95b2e6760d892766fe7829fbf2c88bc7575', [
    `#!lua flags=allow-oom`,
    queuePart,
    changePart,
    `if answered then
return answered
end
local alerts = base .. ':alerts'
local has, ends, version = unpack(call('HMGET', alerts, 'holder', 'until', 'version'))
if has ~= ARGV[6] or tonumber(ends) <= now or (version or '0') ~= ARGV[7] then
return commit('lost')
end
call('HSET', alerts, 'version', format('%.0f', ARGV[7] + 1), 'book', ARGV[8])
return commit('saved')`,
  ]),
  auditAppend: script('auditAppend', 'c5cb51ee0e7617d4a9f466054c67f50c9d923fa1', [
    `#!lua flags=allow-oom`,
    queuePart,
    changePart,
    `if answered then
return answered
end
local trail = base .. ':audit'
local number = call('HINCRBY', trail, '#', 1)
call('HSET', trail, format('%.0f', number), format('%.0f ', now) .. ARGV[6])
call('HDEL', trail, format('%.0f', number - tonumber(ARGV[7])))
return commit(format('%.0f', number))`,
  ]),
  auditConclude: script('auditConclude', '6b0b0544e1c1f6e1dcf48a8283aa78f3f954fafa', [
    `#!lua flags=allow-oom`,
    queuePart,
    `local trail = base .. ':audit'
local present = call('HGET', trail, ARGV[2])
if not present then
return 'missing'
end
call('HSET', trail, ARGV[2], match(present, '^%d+ ') .. ARGV[3])
return 'ok'`,
  ]),
  auditRead: script('auditRead', '2e219b7c5271d934786495533655ba797859073a', [
    `#!lua flags=no-writes`,
    queuePart,
    `local trail, found = base .. ':audit', {}
local first = math.min(tonumber(ARGV[2]), tonumber(call('HGET', trail, '#')) or 0)
local fields = {}
for number = first, math.max(1, first - tonumber(ARGV[3]) + 1), -1 do
fields[#fields + 1] = format('%.0f', number)
end
if #fields == 0 then
return found
end
for index, entry in ipairs(call('HMGET', trail, unpack(fields))) do
if not entry then
break
end
found[#found + 1] = fields[index]
found[#found + 1] = entry
end
return found`,
  ]),
  cancel: script('cancel', '2f66195a79a8eaa917926977fd926dd46a33fd49', [
    `#!lua flags=allow-oom`,
    queuePart,
    changePart,
    `if answered then
return answered
end`,
    bucketsPart,
    recordPart,
    linePart,
    duePart,
    finishedPart,
    finishPart2,
    leavePart,
    movesPart2,
    cancelOnePart,
    `return each(6, cancel_one)`,
  ]),
  claim: script('claim', '081a891f91f3ab3ef297f8e4849e5fdf7623c28b', [
    `#!lua flags=allow-oom`,
    queuePart,
    changePart,
    recordPart,
    linePart,
    `local PROMOTED, MOST_SPENT, BATCH, BYTES, FEW = 500, 1000, 500, 131072, 64
local holder, token = ARGV[6], format('%.0f', count('token') + 1)
local leases = base .. ':leases:' .. holder
local reply = { '0', 'done', '', format('%.0f', now), '' }
local packed, taken = {}, {}
local bytes, spent, ENDING, put_back = 0, 0, 10, false
local made
local function seldom()
if not made then`,
    bucketsPart,
    duePart,
    finishedPart,
    finishPart2,
    failurePart,
    promoteDuePart,
    takeSpecialPart,
    cutPart,
    claimAgainPart,
    `made = {
promote_due = promote_due, take_special = take_special, cut = cut, claim_again = claim_again, flush_buckets = flush_buckets,
}
end
return made
end`,
    plainJobsPart,
    takePart2,
    `local suspects_known = suspects_before
local function suspects_left()
return suspects_known > 0 and call('LLEN', base .. ':suspects') or 0
end
local more, suspect, more_suspects = false, false, false
local function answer(told)
reply[1] = told
local suspects = suspects_left()
more = room() > 0 and count('pending') > suspects and call('EXISTS', base .. ':levels') == 1
more_suspects = suspects > 0 and room() > 0 and (suspect or answered or ARGV[9] == 'no')
reply[2] = (more and 'more' or 'done') .. (more_suspects and ' suspects' or '')
reply[3] = next_due() and format('%.0f', math.max(0, next_due() - now)) or ''
return reply
end
if answered then
seldom().claim_again()
return answer(answered)
end
call('ZADD', base .. ':holders', format('%.0f', now + tonumber(ARGV[8])), holder)
if next_due() and next_due() <= now then
seldom().promote_due(PROMOTED)
suspects_known = call('LLEN', base .. ':suspects')
end
local limit = math.min(tonumber(ARGV[7]), BATCH, room())
while limit > 0 and ARGV[9] == 'yes' and suspects_known > 0 and not suspect and spent < MOST_SPENT do
local text = call('LPOP', base .. ':suspects')
if not text then
break
end
spent = spent + 1
take({ text }, '')
suspect = #packed > 0
end
while #packed < limit and count('pending') > 0 and spent < MOST_SPENT and bytes < BYTES and not put_back do
local level = call('ZRANGE', base .. ':levels', 0, 0, 'REV')[1]
if not level then
break
end
local list, wanted = base .. ':p:' .. level, limit - #packed
local measured = FEW * count('largest') > BYTES
if not measured then
wanted = math.max(1, math.min(wanted, math.floor((BYTES - bytes) / math.max(count('largest'), 1))))
bytes = bytes + wanted * count('largest')
end
local entries = call('LPOP', list, wanted) or {}
if #entries > 0 then
take(measured and seldom().cut(entries, list) or entries, level)
end
if #entries < wanted and not put_back then
call('ZREM', base .. ':levels', level)
end
end
if made then
made.flush_buckets()
end
flush_lines()
local number = #packed
if number > 0 then
set('token', token)
bump('running', number)
reply[5] = concat(packed, '\\n')
call('HSET', leases, token, reply[5], token .. '#', number)
else
token = '0'
end
answer(token)
if more or (suspect and more_suspects) then
wake()
end
local stands_by = more and 0 or tonumber(ARGV[10]) - number
if stands_by > 0 then
call('HSET', base .. ':standby', holder, stands_by)
else
call('HDEL', base .. ':standby', holder)
end
commit(token)
return reply`,
  ]),
  clear: script('clear', '751560aefa92a938e3e1d576e9100563389ab02e', [
    `#!lua flags=allow-oom`,
    queuePart,
    changePart,
    `if answered then
return answered
end`,
    bucketsPart,
    recordPart,
    linePart,
    duePart,
    finishedPart,
    finishPart2,
    `local bound, forgotten, looked_at = tonumber(ARGV[6]), 0, 0
local function clear_line(list, level)
local entries = call('LPOP', list, bound - looked_at)
if not entries then
return false
end
looked_at = looked_at + #entries
local ids, generations = {}, {}
for index = 1, #entries do
ids[index], generations[index] = read_entry(entries[index])
end
local records, seen = fetch(STATES, grouped(ids)), {}
for index, id in ipairs(ids) do
local record = records[index] and parse(records[index])
local pending
if record then
pending = record.state == 'pending' and record.generation == generations[index]
else
pending = call('HSTRLEN', base .. ENVELOPES .. sub(id, 1, -3), sub(id, -2)) > 0
end
if pending and not seen[id] then
seen[id] = true
forgotten = forgotten + 1
depart(record and record.priority or level, 1)
drop(id, record or { flags = '' })
end
end
flush_buckets()
flush_lines()
return true
end
local lines = call('ZRANGE', base .. ':levels', 0, -1)
lines[#lines + 1] = false
for _, level in ipairs(lines) do
local list = level and base .. ':p:' .. level or base .. ':suspects'
while looked_at < bound and clear_line(list, level) do
end
if level and looked_at < bound then
call('ZREM', base .. ':levels', level)
call('HDEL', base .. ':depths', level)
end
end
for _, state in ipairs({ 'scheduled', 'retrying' }) do
if looked_at < bound then
local popped, ids = call('ZPOPMIN', base .. ':' .. state, bound - looked_at), {}
for index = 1, #popped, 2 do
ids[#ids + 1] = sub(popped[index], 13)
end
local records = fetch(STATES, grouped(ids))
for index, id in ipairs(ids) do
drop(id, records[index] and parse(records[index]) or { flags = '' })
end
looked_at, forgotten = looked_at + #ids, forgotten + #ids
flush_buckets()
end
end
if looked_at < bound then
call('UNLINK', base .. ':depths')
set('pending', 0)
end
read_due()
return commit(forgotten .. (looked_at < bound and ':done' or ':more'))`,
  ]),
  configuration: script('configuration', 'e85cab75cc2804e648cfabd21af40bf93b3833e6', [
    `#!lua flags=no-writes
return redis.call('LRANGE', KEYS[1] .. ':configuration', 0, ARGV[1] - 1)`,
  ]),
  configure: script('configure', '50ae3b328c636f72aed8d8b9e4a29904449168fd', [
    `#!lua flags=allow-oom`,
    queuePart,
    changePart,
    `if answered then
return answered
end
set('concurrency', ARGV[6])
set('maxDepth', ARGV[7])
set('maxScheduled', ARGV[8])
set('onFull', ARGV[9])
set('retainAge', ARGV[10])
set('retainCount', ARGV[11])
if count('pending') > 0 and room() > 0 then
wake()
end
return commit('configured')`,
  ]),
  counts: script('counts', 'd171925c3e8abade11e758e23c9cd00b053a29e6', [
    `#!lua flags=no-writes`,
    queuePart,
    bucketsPart,
    recordPart,
    linePart,
    `local HEADS = 20
local function waiting_since(list)
for _, text in ipairs(call('LRANGE', list, 0, HEADS - 1)) do
local id, generation = read_entry(text)
local bucket, field = sub(id, 1, -3), sub(id, -2)
local envelope = call('HGET', base .. ENVELOPES .. bucket, field)
local record = envelope and record_of(envelope, call('HGET', base .. STATES .. bucket, field))
if record and record.state == 'pending' and record.generation == generation then
return tonumber(record.at) or tonumber(sub(envelope, 1, 13))
end
end
return nil
end
local oldest = waiting_since(base .. ':suspects')
for _, level in ipairs(call('ZRANGE', base .. ':levels', 0, 99, 'REV')) do
local since = waiting_since(base .. ':p:' .. level)
if since and (not oldest or since < oldest) then
oldest = since
end
end
local function size(set_name)
return format('%.0f', call('ZCARD', base .. set_name))
end
return {
{
'scheduled', size(':scheduled'),
'pending', format('%.0f', count('pending')),
'running', format('%.0f', count('running')),
'retrying', size(':retrying'),
'completed', format('%.0f', size(':completed') + size(':kept:completed')),
'failed', size(':failed'),
'cancelled', format('%.0f', size(':cancelled') + size(':kept:cancelled')),
'paused', meta.paused or '',
'ever-completed', format('%.0f', count('completed')),
'ever-failed', format('%.0f', count('failed')),
'ever-cancelled', format('%.0f', count('cancelled')),
'last-processed-at', meta.lastProcessedAt or '',
'oldest-pending-at', oldest and format('%.0f', oldest) or '',
'oldest-pending-for', oldest and format('%.0f', math.max(now - oldest, 0)) or '',
'holders', format('%.0f', call('ZCOUNT', base .. ':holders', format('(%.0f', now), '+inf')),
},
call('HGETALL', base .. ':depths'),
}`,
  ]),
  delist: script('delist', '7e07bbdc7b710034550f484d6292ca405f4faedd', [
    `#!lua flags=allow-oom`,
    queuePart,
    changePart,
    `if answered then
return answered
end
local places = base .. ':schedules'
if call('HGET', places, ARGV[6]) ~= ARGV[7] then
return commit('missing')
end
call('HDEL', places, ARGV[6])
return commit('delisted')`,
  ]),
  dueSchedules: script('dueSchedules', 'fb244b4c0490ebbce31685bf07d8c50d72ca14af', [
    `#!lua flags=no-writes`,
    queuePart,
    recordPart,
    schedulesPart,
    `local limit, waiting = tonumber(ARGV[2]), 0
local found = { format('%.0f', now), '', '' }
local function add_found(cause, id)
local size = #found
found[size + 1], found[size + 2] = cause, id
found[size + 3], found[size + 4] = call('HGET', TIMES, id) or '', call('HGET', DEFINITIONS, id) or ''
end
for _, id in ipairs(call('ZRANGE', DUE, '-inf', now, 'BYSCORE', 'LIMIT', 0, limit)) do
add_found('due', id)
end
for _, id in ipairs(call('SMEMBERS', WAITING)) do
local schedule = read_schedule(id)
if schedule and #unfinished_of(schedule) == 0 then
if limit > 0 then
limit = limit - 1
add_found('released', id)
end
else
waiting = waiting + 1
end
end
local later = call('ZRANGE', DUE, format('(%.0f', now), '+inf', 'BYSCORE', 'LIMIT', 0, 1, 'WITHSCORES')[2]
found[2] = later and format('%.0f', tonumber(later) - now) or ''
found[3] = format('%.0f', waiting)
return found`,
  ]),
  enlist: script('enlist', '2d98e4d57a48181bd78d66cc6aecf63988e741b6', [
    `#!lua flags=allow-oom`,
    queuePart,
    `local places, id, queue = base .. ':schedules', ARGV[2], ARGV[3]
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
return 'enlisted'`,
  ]),
  events: script('events', '8518a850db855e3a6db6af8ff4dbc6e43ac65c0c', [
    `#!lua flags=no-writes
local log = KEYS[1] .. ':events'
local last = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
local found = { last and string.match(last[1], '^%d+') or '0' }
for _, entry in ipairs(redis.call('XRANGE', log, '(' .. ARGV[1] .. '-0', '+', 'COUNT', ARGV[2])) do
found[#found + 1] = string.match(entry[1], '^%d+')
found[#found + 1] = entry[2][2]
found[#found + 1] = entry[2][4]
end
return found`,
  ]),
  fireSchedule: script('fireSchedule', '435a8bf3fe5c359a36e5bfd8dc3a437ad0294c14', [
    `#!lua`,
    queuePart,
    changePart,
    `if answered then
return answered
end`,
    bucketsPart,
    recordPart,
    linePart,
    duePart,
    finishedPart,
    finishPart2,
    failurePart,
    leavePart,
    schedulesPart,
    keepSchedulePart,
    `local stamp, largest = format('%013.0f', now), count('largest')`,
    addJobPart,
    overflowPart,
    cancelOnePart,
    `local id, cause, overlap, job_id = ARGV[6], ARGV[7], ARGV[11], ARGV[15]
local is_due, by_hand = cause == 'due', cause == 'by-hand'
local schedule = read_schedule(id)
if not schedule
or (not by_hand and schedule.revision ~= ARGV[8])
or (is_due and (schedule.due == '' or tonumber(schedule.due) > now))
or (cause == 'released' and schedule.waiting == '')
then
return commit('stale')
end
local before = by_hand and {} or unfinished_of(schedule)
if cause == 'released' and #before > 0 then
return commit('stale')
end
local occurrence = schedule.time
if is_due then
schedule.time, schedule.due = ARGV[9], ARGV[10]
end
local function keep(answer)
keep_schedule(id, schedule)
return commit(answer)
end
if job_id == '' then
return keep('passed')
elseif is_due and overlap == 'queue-one' and (#before > 0 or schedule.waiting ~= '') then
local answer = schedule.waiting == '' and 'waits' or 'skipped'
schedule.waiting = schedule.waiting == '' and occurrence or schedule.waiting
return keep(answer)
elseif is_due and overlap == 'skip' and #before > 0 then
return keep('skipped')
elseif is_due and overlap == 'cancel-previous' then
for _, previous in ipairs(before) do
local bucket, field = sub(previous, 1, -3), sub(previous, -2)
local envelope = call('HGET', base .. ENVELOPES .. bucket, field)
cancel_one(previous, record_of(envelope, call('HGET', base .. STATES .. bucket, field)))
flush_buckets()
flush_lines()
end
read_due()
end
local bucket, field = sub(job_id, 1, -3), sub(job_id, -2)
local there = call('HGET', base .. ENVELOPES .. bucket, field)
if there then
local state = record_of(there, call('HGET', base .. STATES .. bucket, field)).state
if cause == 'released' then
schedule.waiting = ''
end
if not by_hand then
keep_schedule(id, schedule)
end
return commit('duplicate:' .. (state == 'unreadable' and 'pending' or state))
end
local job = { priority = ARGV[14], due = '', envelope = ARGV[16] }
local receipt = max_depth and add_within(job_id, job) or add(job_id, job)
flush_buckets()
flush_lines()
if has_news() then
wake()
end
if sub(receipt, 1, 8) == 'rejected' then
return commit('full:' .. max_depth)
end
if largest > count('largest') then
set('largest', largest)
end
local recent = { job_id }
for previous in string.gmatch(schedule.recent, '[^\\n]+') do
if previous ~= job_id and #recent < tonumber(ARGV[13]) then
recent[#recent + 1] = previous
end
end
schedule.recent = concat(recent, '\\n')
if not by_hand then
local runs, most = schedule.runs + 1, tonumber(ARGV[12])
schedule.runs, schedule.last = format('%.0f', runs), format('%.0f', now)
if cause == 'released' then
schedule.waiting = ''
end
if most > 0 and runs >= most then
schedule.time, schedule.due, schedule.waiting = '', '', ''
end
end
return keep('fired:' .. (sub(receipt, 1, 7) == 'dropped' and 'failed' or receipt))`,
  ]),
  heed: script('heed', '757ac8e39b4083cbfe4a63d59015fc740af8bfe3', [
    `#!lua flags=allow-oom`,
    queuePart,
    `local listening = base .. ':listening'
for at = 3, #ARGV do
local until_ = math.max(now + tonumber(ARGV[2]), tonumber(call('HGET', listening, ARGV[at])) or 0)
call('HSET', listening, ARGV[at], format('%.0f', until_))
end
local fields = call('HGETALL', listening)
for at = 1, #fields, 2 do
if tonumber(fields[at + 1]) <= now then
call('HDEL', listening, fields[at])
end
end
local last = call('XREVRANGE', base .. ':events', '+', '-', 'COUNT', 1)[1]
return last and match(last[1], '^%d+') or '0'`,
  ]),
  history: script('history', '2f19eb4291231f241c7219a2d21412da44beb4d4', [
    `#!lua flags=no-writes`,
    queuePart,
    `local from, most = math.max(tonumber(ARGV[2]), now - tonumber(ARGV[5]) + 1), tonumber(ARGV[4])
local minutes = call('ZRANGE', base .. ':minutes', from, '(' .. ARGV[3], 'BYSCORE', 'LIMIT', 0, most)
local found = { #minutes == most and minutes[most] or '' }
local queue, type = ARGV[6], ARGV[7]
for _, minute in ipairs(minutes) do
local series = base .. ':minute:' .. minute
local fields
if queue ~= '' and type ~= '' then
local name = queue .. '\\n' .. type
fields = { name, call('HGET', series, name) }
else
fields = call('HGETALL', series)
end
for at = 1, #fields, 2 do
local own_queue, own_type = match(fields[at], '^(.-)\\n(.*)$')
if fields[at + 1] and (queue == '' or queue == own_queue) and (type == '' or type == own_type) then
found[#found + 1] = minute
found[#found + 1] = fields[at]
found[#found + 1] = fields[at + 1]
end
end
end
return found`,
  ]),
  list: script('list', '71d33c9d6aefd8ea67129f3c1fef80b390fada6d', [
    `#!lua flags=no-writes`,
    queuePart,
    bucketsPart,
    recordPart,
    linePart,
    leasesPart,
    `local state, after, skip, limit = ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
local reply = {}
local function add(id, place)
if skip > 0 then
skip = skip - 1
return
end
reply[#reply + 1] = id
reply[#reply + 1] = place
end
local function is_full()
return #reply >= 2 * limit
end
local function list_due()
local key, from = base .. ':' .. state, 0
local score, member = match(after, '^([^:]*):(.*)$')
if score then
local rank = call('ZRANK', key, member)
from = rank and rank + 1 or call('ZCOUNT', key, '-inf', '(' .. score)
end
local found = call('ZRANGE', key, from + skip, from + skip + limit - 1, 'WITHSCORES')
skip = 0
for index = 1, #found, 2 do
add(sub(found[index], 13), found[index + 1] .. ':' .. found[index])
end
end
local function list_finished()
local top = after == '' and '+inf' or '(' .. after
local found = {}
for _, index in ipairs(state == 'failed' and { ':failed' } or { ':' .. state, ':kept:' .. state }) do
local flat = call('ZRANGE', base .. index, top, '-inf', 'BYSCORE', 'REV', 'LIMIT', 0, skip + limit, 'WITHSCORES')
for place = 1, #flat, 2 do
found[#found + 1] = { id = flat[place], score = tonumber(flat[place + 1]) }
end
end
table.sort(found, function(a, b)
return a.score > b.score
end)
for _, entry_found in ipairs(found) do
if not is_full() then
add(entry_found.id, format('%.0f', entry_found.score))
end
end
end`,
    listRunningPart,
    listPendingPart,
    `if state == 'scheduled' or state == 'retrying' then
list_due()
elseif state == 'pending' then
list_pending()
elseif state == 'running' then
list_running()
elseif state ~= 'blocked' then
list_finished()
end
return reply`,
  ]),
  listen: script('listen', '3788fd998b8f9551ff30fa38afbab12c4f370a55', [
    `#!lua flags=allow-oom`,
    queuePart,
    changePart,
    `if answered then
return answered
end
set('waiters', math.max(count('waiters'), time[1] * 1000 + tonumber(ARGV[6])))
return commit('listening')`,
  ]),
  listened: script('listened', '0497092b4578ad7cad5957fa7418ffbcf5e6fa1e', [
    `#!lua flags=no-writes`,
    queuePart,
    listenedPart,
    `return listened()`,
  ]),
  order: script('order', '1f0052796d459269efe04819c34e45cecd6aad7f', [
    `#!lua flags=allow-oom`,
    queuePart,
    changePart,
    `if answered then
return answered
end
local heard = call('ZSCORE', base .. ':beats', ARGV[6])
if not heard or tonumber(heard) < now - tonumber(ARGV[8]) then
return commit('missing')
end
local orders = base .. ':orders:' .. ARGV[6]
call('HSET', orders, format('%.0f', call('HINCRBY', orders, '#', 1)), ARGV[7])
return commit('ordered')`,
  ]),
  pause: script('pause', 'b02def7892a4c69b556c069326acdf360d424de5', [
    `#!lua flags=allow-oom`,
    queuePart,
    changePart,
    `if answered then
return answered
end
set('paused', '1')
call('UNLINK', base .. ':wake')
return commit('paused')`,
  ]),
  processes: script('processes', 'd9f25789e707f2cb48667189a8a542298d6df634', [
    `#!lua flags=no-writes`,
    queuePart,
    `local found = {}
local beats = call('ZRANGE', base .. ':beats', now - tonumber(ARGV[2]), '+inf', 'BYSCORE', 'WITHSCORES')
for at = 1, #beats, 2 do
local record = call('HGET', base .. ':processes', beats[at])
if record then
found[#found + 1] = format('%.0f', now - tonumber(beats[at + 1]))
found[#found + 1] = record
end
end
return found`,
  ]),
  promote: script('promote', '54b9ba067e2366fc6ebc92e58a4867202218d130', [
    `#!lua flags=allow-oom`,
    queuePart,
    changePart,
    `if answered then
return answered
end`,
    bucketsPart,
    recordPart,
    linePart,
    duePart,
    finishedPart,
    finishPart2,
    leavePart,
    movesPart2,
    `return each(6, function(id, record)
if record.state ~= 'scheduled' and record.state ~= 'retrying' then
return nil
end
undefer(id, record)
put(STATES, id, render(record, { state = 'pending', at = now, order = '' }))
arrive(id, record, record.priority)
return 'ok:pending'
end)`,
  ]),
  publish: script('publish', 'a639908ed7b3974387c37d39a534f338634b69c3', [
    `#!lua flags=allow-oom`,
    queuePart,
    listenedPart,
    `local FORGOTTEN = 10
local orders, holder, obeyed = base .. ':orders:', ARGV[2], tonumber(ARGV[4])
call('HSET', base .. ':processes', holder, ARGV[3])
call('ZADD', base .. ':beats', now, holder)
for _, gone in ipairs(call('ZRANGE', base .. ':beats', '-inf', now - tonumber(ARGV[5]), 'BYSCORE', 'LIMIT', 0, FORGOTTEN)) do
call('HDEL', base .. ':processes', gone)
call('ZREM', base .. ':beats', gone)
call('UNLINK', orders .. gone)
end
local left, fields = {}, call('HGETALL', orders .. holder)
for at = 1, #fields, 2 do
local number = tonumber(fields[at])
if number and number <= obeyed then
call('HDEL', orders .. holder, fields[at])
elseif number then
left[#left + 1] = fields[at]
left[#left + 1] = fields[at + 1]
end
end
local change = call('LINDEX', base .. ':configuration', 0)
local event = call('XREVRANGE', base .. ':events', '+', '-', 'COUNT', 1)[1]
return { change and match(change, '^%d+') or '0', event and match(event[1], '^%d+') or '0', listened(), left }`,
  ]),
  putSchedule: script('putSchedule', '800d6264989601287a19e9d6d74d6d3e1a4f47e2', [
    `#!lua`,
    queuePart,
    changePart,
    `if answered then
return answered
end`,
    recordPart,
    schedulesPart,
    keepSchedulePart,
    `local id, schedule = ARGV[6], read_schedule(ARGV[6])
if (schedule and schedule.revision or '') ~= ARGV[7] then
return commit('conflict')
end
schedule = schedule or { revision = '0', last = ARGV[12], runs = ARGV[13], waiting = '', recent = '' }
schedule.time, schedule.due = ARGV[9], ARGV[10]
if ARGV[11] ~= 'keep' then
schedule.waiting = ''
end
call('HSET', DEFINITIONS, id, ARGV[8])
return commit('put:' .. keep_schedule(id, schedule))`,
  ]),
  readSchedules: script('readSchedules', '8c2c1f39b76a4f10b68d6e644879b93c002fbd6f', [
    `#!lua flags=no-writes`,
    queuePart,
    `local found = { format('%.0f', now) }
for place = 2, #ARGV do
local id = ARGV[place]
local state = call('HGET', base .. ':schedules:state', id)
if state then
found[#found + 1] = id
found[#found + 1] = state
found[#found + 1] = call('HGET', base .. ':schedules', id) or ''
end
end
return found`,
  ]),
  read: script('read', '2cad9dc1ce94dd16cd50069081102b9915a89de7', [
    `#!lua flags=no-writes
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
return reply`,
  ]),
  reconfigure: script('reconfigure', 'a3318d75b980ce8e1499b327d24938fb30deea8b', [
    `#!lua flags=allow-oom`,
    queuePart,
    changePart,
    `if answered then
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
return commit(version)`,
  ]),
  removeSchedule: script('removeSchedule', '1559e9476c376905b2c5d9f745509c306061e77c', [
    `#!lua flags=allow-oom`,
    queuePart,
    changePart,
    `if answered then
return answered
end`,
    recordPart,
    schedulesPart,
    `local schedule = read_schedule(ARGV[6])
if ARGV[7] ~= '' and (not schedule or schedule.revision ~= ARGV[7]) then
return commit('conflict')
end
local there = call('HDEL', TIMES, ARGV[6])
call('HDEL', DEFINITIONS, ARGV[6])
call('ZREM', DUE, ARGV[6])
call('SREM', WAITING, ARGV[6])
return commit(there == 1 and 'removed' or 'missing')`,
  ]),
  remove: script('remove', '8f11735f712c2a200fd3b400b7a029e0d27ee611', [
    `#!lua flags=allow-oom`,
    queuePart,
    changePart,
    `if answered then
return answered
end`,
    bucketsPart,
    recordPart,
    linePart,
    duePart,
    finishedPart,
    finishPart2,
    leavePart,
    movesPart2,
    `return each(6, function(id, record)
local state = record.state
if state == 'running' then
return nil
elseif state == 'completed' or state == 'failed' or state == 'cancelled' then
unfinish(id, record)
else
leave(id, record)
end
drop(id, record)
return 'ok:' .. state
end)`,
  ]),
  report: script('report', '22fa2487b62bba763133556356741ac89d09a06f', [
    `#!lua flags=allow-oom`,
    queuePart,
    changePart,
    `if answered then
return answered
end`,
    bucketsPart,
    recordPart,
    leasesPart,
    `local LINES = 100
local lost, at, place = {}, 7, 0
while at <= #ARGV do
local id, token, attempt, progress, lines = ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], tonumber(ARGV[at + 4])
local text = call('HGET', base .. STATES .. sub(id, 1, -3), sub(id, -2))
local record = text and parse(text)
place = place + 1
local taken = record and (token == '' and record.state ~= 'unreadable' or leased_to(record, ARGV[6], token))
if not taken then
lost[#lost + 1] = place
else
local flags = record.flags
if progress ~= '' then
call('SET', base .. ':g:' .. id, progress)
flags = with(flags, 'g')
end
if lines > 0 then
local log = {}
for line = math.max(1, lines - LINES + 1), lines do
log[#log + 1] = format('{"at":%.0f,"attempt":%s,"message":', now, attempt) .. ARGV[at + 4 + line] .. '}'
end
many('RPUSH', base .. ':l:' .. id, log)
call('LTRIM', base .. ':l:' .. id, -LINES, -1)
flags = with(flags, 'l')
end
if flags ~= record.flags then
put(STATES, id, render(record, { flags = flags }))
flush_buckets()
end
end
at = at + 5 + lines
end
return commit(concat(lost, ','))`,
  ]),
  reprioritise: script('reprioritise', '4ba790cf24bda904fae8298713e29d7a851a850b', [
    `#!lua flags=allow-oom`,
    queuePart,
    changePart,
    `if answered then
return answered
end`,
    bucketsPart,
    recordPart,
    linePart,
    duePart,
    finishedPart,
    finishPart2,
    leavePart,
    movesPart2,
    `local priority = ARGV[6]
return each(7, function(id, record)
local state = record.state
if state == 'pending' then
leave_line(id, record)
local generation = new_generation()
put(STATES, id, render(record, { priority = priority, generation = generation }))
arrive(id, { generation = generation, flags = record.flags }, priority)
elseif state == 'scheduled' or state == 'retrying' or state == 'blocked' then
put(STATES, id, render(record, { priority = priority }))
else
return nil
end
return 'ok:' .. state
end)`,
  ]),
  reschedule: script('reschedule', 'ce14dd1b9ee9408b0ec5ed189c1af93cae4b3d31', [
    `#!lua flags=allow-oom`,
    queuePart,
    changePart,
    `if answered then
return answered
end`,
    bucketsPart,
    recordPart,
    linePart,
    duePart,
    finishedPart,
    finishPart2,
    leavePart,
    movesPart2,
    `local due = tonumber(sub(ARGV[6], 2))
if sub(ARGV[6], 1, 1) == '+' then
due = now + due
end
return each(7, function(id, record)
local state = record.state
if state ~= 'scheduled' and state ~= 'pending' and state ~= 'retrying' then
return nil
end
leave(id, record)
local changes = { at = due }
if state == 'pending' then
state, changes.generation = 'scheduled', new_generation()
end
changes.state, changes.order = state, defer(id, state, due)
put(STATES, id, render(record, changes))
return 'ok:' .. state
end)`,
  ]),
  resume: script('resume', '5fd78f93f158cbe1b21f8d0f1a00847903d45dbd', [
    `#!lua flags=allow-oom`,
    queuePart,
    changePart,
    `if answered then
return answered
end
set('paused', '')
if count('pending') > 0 or next_due() then
wake()
end
return commit('resumed')`,
  ]),
  retire: script('retire', '66625556ffd64b0705c78f45832c17859885d631', [
    `#!lua flags=allow-oom`,
    queuePart,
    changePart,
    `if answered then
return answered
end`,
    bucketsPart,
    recordPart,
    linePart,
    duePart,
    finishedPart,
    finishPart2,
    failurePart,
    leasesPart,
    reclaimPart,
    `local holder = ARGV[6]
for _, claim in ipairs(claims_of(holder)) do
take_back(holder, claim, {}, go_back)
end
forget_holder(holder)
if has_news() then
wake()
end
return commit('retired')`,
  ]),
  retry: script('retry', 'c5c5bf769ed7829f2e1fff8c9eef5fcf107ecfac', [
    `#!lua flags=allow-oom`,
    queuePart,
    changePart,
    `if answered then
return answered
end`,
    bucketsPart,
    recordPart,
    linePart,
    duePart,
    finishedPart,
    finishPart2,
    leavePart,
    movesPart2,
    `return each(6, function(id, record)
if record.state ~= 'failed' and record.state ~= 'cancelled' then
return nil
end
unfinish(id, record)
local generation = new_generation()
put(STATES, id, render(record, {
state = 'pending', generation = generation, attempts = '0', crashes = '0', strays = '0', at = now, expiresAt = '',
}))
arrive(id, { generation = generation, flags = '' }, record.priority)
return 'ok:pending'
end)`,
  ]),
  settle: script('settle', 'd4d8844bebb613c20b8d2f1a194739fe9f6709ef', [
    `#!lua flags=allow-oom`,
    queuePart,
    changePart,
    `if answered then
return answered
end`,
    recordPart,
    finishedPart,
    leasesPart,
    `local SLACK = 1000
local holder = ARGV[6]
local age, kept_count = tonumber(meta.retainAge) or tonumber(ARGV[7]), tonumber(meta.retainCount) or tonumber(ARGV[8])
local keeps_nothing = age == 0 or kept_count == 0
local lost, place, settled, kept = {}, 0, 0, 0`,
    completePart,
    `local at = 10
for _ = 1, tonumber(ARGV[9]) do
local runs = tonumber(ARGV[at + 1])
complete_group(at + 2, runs, ARGV[at])
at = at + 2 + 3 * runs
end
many('ZADD', base .. ':completed', completed)
many('ZADD', base .. ':kept:completed', kept_completed)
many('ZADD', base .. ':retained', retained)
local overfull = kept > 0 and call('ZCARD', base .. ':completed') > kept_count + SLACK
local function settle_others()`,
    bucketsPart,
    linePart,
    duePart,
    finishPart,
    failurePart,
    retentionPart,
    endAttemptPart,
    `local ended = {}
for first = at, #ARGV, 5 do
local id, token = ARGV[first], ARGV[first + 1]
local text = not ended[id] and call('HGET', base .. STATES .. sub(id, 1, -3), sub(id, -2))
local record = text and parse(text)
place = place + 1
if not record or not leased_to(record, holder, token) then
lost[#lost + 1] = place
else
ended[id] = true
settled = settled + 1
unlease(holder, token, 1)
if settle(id, record, ARGV[first + 2], tonumber(ARGV[first + 3]) or 0, ARGV[first + 4]) == 'cancelled' then
lost[#lost + 1] = -place
end
end
end
flush_buckets()
flush_lines()
if overfull then
trim_finished('completed', age, kept_count, 2 * kept)
flush_buckets()
end
end
if at <= #ARGV or overfull then
settle_others()
end
if settled > 0 then
set('lastProcessedAt', now)
end
if has_news() or (tonumber(meta.concurrency) and settled > 0 and count('pending') > 0 and room() > 0) then
wake()
end
return commit(concat(lost, ','))`,
  ]),
  submit: script('submit', '62710f73027a08ca0577b10be1a0193e7dbac316', [
    `#!lua`,
    queuePart,
    changePart,
    `if answered then
call('HSET', META, 'now', format('%.0f', now))
return answered
end
local stamp = format('%013.0f', now)
local largest = count('largest')
local function offer(level, ids, groups)`,
    plainJobsPart,
    handOverPart2,
    `return hand_over(level, ids, groups)
end
local function add_plain()
local level, number, groups, seen, ids = ARGV[6], tonumber(ARGV[8]), {}, {}, {}
local last, fields, values
for index = 1, number do
local id = ARGV[7 + 2 * index]
if seen[id] then
return nil
end
seen[id], ids[index] = true, id
local bucket, envelope = sub(id, 1, -3), stamp .. ARGV[8 + 2 * index]
if bucket ~= last then
last, fields, values = bucket, {}, {}
groups[#groups + 1] = { bucket, fields, values }
end
local size = #fields
local field = sub(id, -2)
fields[size + 1], values[2 * size + 1], values[2 * size + 2] = field, field, envelope
largest = math.max(largest, #envelope)
end
for _, group in ipairs(groups) do
local there = call('HMGET', base .. ENVELOPES .. group[1], unpack(group[2]))
for index = 1, #there do
if there[index] then
return nil
end
end
end
for _, group in ipairs(groups) do
call('HSET', base .. ENVELOPES .. group[1], unpack(group[3]))
end
if was_pending == 0 and call('EXISTS', base .. ':standby') == 1 and offer(level, ids, groups) then
return '*pending'
end
if call('RPUSH', base .. ':p:' .. level, unpack(ids)) == number then
call('ZADD', base .. ':levels', level, level)
end
call('HINCRBY', base .. ':depths', level, number)
bump('pending', number)
return '*pending'
end
local function add_each()`,
    bucketsPart,
    recordPart,
    linePart,
    duePart,
    finishedPart,
    finishPart2,
    failurePart,
    submitEachPart8,
    addJobPart,
    overflowPart,
    submitEachPart11,
    `end
local reply = ARGV[7] == '' and #ARGV == 8 + 2 * ARGV[8] and not tonumber(meta.maxDepth) and add_plain() or add_each()
if largest > count('largest') then
set('largest', largest)
end
if has_news() then
wake()
end
return commit(reply)`,
  ]),
  tally: script('tally', '4d25a6c6a945c262abbe6ae3e420cc77da1a177c', [
    `#!lua`,
    queuePart,
    `local FORGOTTEN, OTHER = 10, 'other'
local gmatch = string.gmatch
local minute, minutes = tonumber(ARGV[2]), base .. ':minutes'
local past, answer = now - tonumber(ARGV[6]), format('%.0f', now)
for _, old in ipairs(call('ZRANGE', minutes, '-inf', past, 'BYSCORE', 'LIMIT', 0, FORGOTTEN)) do
call('UNLINK', base .. ':minute:' .. old, base .. ':counted:' .. old)
call('ZREM', minutes, old)
end
if minute <= past or #ARGV < 7 then
return answer
end
local series, counted = base .. ':minute:' .. ARGV[2], base .. ':counted:' .. ARGV[2]
if (tonumber(call('HGET', counted, ARGV[3])) or 0) >= tonumber(ARGV[4]) then
return answer
end
local function add_counts(one, other)
local sums, at = {}, 0
for value in gmatch(one, '%d+') do
sums[#sums + 1] = value
end
for value in gmatch(other, '%d+') do
at = at + 1
sums[at] = format('%.0f', (sums[at] or 0) + value)
end
return concat(sums, ',')
end
local function add_buckets(one, other)
local sums, order = {}, {}
for bucket, in_it in gmatch(one .. ' ' .. other, '(%d+):(%d+)') do
if not sums[bucket] then
sums[bucket] = 0
order[#order + 1] = bucket
end
sums[bucket] = sums[bucket] + in_it
end
for at, bucket in ipairs(order) do
order[at] = bucket .. ':' .. format('%.0f', sums[bucket])
end
return concat(order, ' ')
end
local FIGURES, most = '^([^;]*);([^;]*);(.*)$', tonumber(ARGV[5])
for at = 7, #ARGV, 2 do
local name, told = ARGV[at], ARGV[at + 1]
local before = call('HGET', series, name)
if not before and name ~= OTHER and call('HLEN', series) >= most then
name = OTHER
before = call('HGET', series, name)
end
if before then
local counts, wait, duration = match(before, FIGURES)
local more_counts, more_wait, more_duration = match(told, FIGURES)
told = add_counts(counts, more_counts) .. ';' .. add_buckets(wait, more_wait) .. ';' .. add_buckets(duration, more_duration)
end
call('HSET', series, name, told)
end
call('HSET', counted, ARGV[3], ARGV[4])
call('ZADD', minutes, ARGV[2], ARGV[2])
return answer`,
  ]),
  tell: script('tell', '8855458034a913a8cc2e7d57054eb35d9b2cf9e4', [
    `#!lua`,
    queuePart,
    changePart,
    `if answered then
return answered
end
local log, stamp = base .. ':events', format('%.0f', now)
local last = call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
local number = last and tonumber(match(last[1], '^%d+')) or 0
for at = 7, #ARGV do
number = number + 1
call('XADD', log, format('%.0f-0', number), 't', stamp, 'e', ARGV[at])
end
call('XTRIM', log, 'MAXLEN', '~', ARGV[6])
publish(':events', '')
return commit(format('%.0f', number))`,
  ]),
  tick: script('tick', 'b88b0e324019695a130bf955c3b888ef1ee81772', [
    `#!lua flags=allow-oom`,
    queuePart,
    changePart,
    `if answered then
return { 'again' }
end`,
    bucketsPart,
    recordPart,
    linePart,
    duePart,
    finishedPart,
    finishPart2,
    failurePart,
    promoteDuePart,
    leasesPart,
    reclaimPart,
    retentionPart,
    sweepPart,
    `local BOUND, HOLDERS, TRAVELS = 500, 20, 5000
local holder = ARGV[6]
local left = BOUND
call('ZADD', base .. ':holders', format('%.0f', now + tonumber(ARGV[7])), holder)
local ids, known, lost, cancelled = {}, {}, {}, {}
for place = 11, #ARGV, 3 do
ids[#ids + 1] = ARGV[place]
end
local records = fetch(STATES, grouped(ids))
for index, id in ipairs(ids) do
local token, record = ARGV[9 + index * 3], records[index] and parse(records[index])
if not record or not leased_to(record, holder, token) then
lost[#lost + 1] = index
else
known[token] = known[token] or { number = 0 }
if not known[token][id] then
known[token][id] = true
known[token].number = known[token].number + 1
end
if ARGV[10 + index * 3] == 'cleared' and has(record, 's') then
put(STATES, id, render(record, { flags = without(record.flags, 's') }))
end
if has(record, 'c') then
cancelled[#cancelled + 1] = index
end
end
end
flush_buckets()
for _, claim in ipairs(claims_of(holder)) do
local held = known[claim.token] or { number = 0 }
if claim.open > held.number and now - (claim.handed or 0) > TRAVELS then
take_back(holder, claim, held, go_back)
end
end
if now <= (tonumber(ARGV[10]) or math.huge) then
for _, dead in ipairs(call('ZRANGE', base .. ':holders', '-inf', now, 'BYSCORE', 'LIMIT', 0, HOLDERS)) do
left = reclaim(dead, left)
end
end
left = left - promote_due(left)
if left > 0 then
left = left - trim_retained(left)
flush_buckets()
end
local age, kept = tonumber(meta.retainAge) or tonumber(ARGV[8]), tonumber(meta.retainCount) or tonumber(ARGV[9])
for _, state in ipairs({ 'completed', 'cancelled' }) do
if left > 0 then
left = left - trim_finished(state, age, kept, left)
end
end
flush_buckets()
flush_lines()
left = left - sweep(left)
trim_senders()
if count('pending') > was_pending and room() > 0 then
wake()
end
commit('')
return {
left <= 0 and 'more' or 'done',
next_due() and format('%.0f', math.max(0, next_due() - now)) or '',
room() > 0 and count('pending') > 0 and 'ready' or 'idle',
format('%.0f', now),
concat(lost, ','),
concat(cancelled, ','),
format('%.0f', call('ZRANGE', base .. ':holders', format('(%.0f', now), '+inf', 'BYSCORE', 'LIMIT', 0, 1, 'WITHSCORES')[2] - now),
}`,
  ]),
  watch: script('watch', '9609ee5917e2ffd6666b8fc7faa0b0a7fad355ac', [
    `#!lua flags=allow-oom`,
    queuePart,
    `local alerts, holder, lease = base .. ':alerts', ARGV[2], tonumber(ARGV[3])
local has, ends, version, book = unpack(call('HMGET', alerts, 'holder', 'until', 'version', 'book'))
if has == holder or (tonumber(ends) or 0) <= now then
has = lease == 0 and '' or holder
call('HSET', alerts, 'holder', has, 'until', format('%.0f', now + lease))
end
return { has == holder and 'mine' or 'taken', version or '0', format('%.0f', now), book }`,
  ]),
  withdraw: script('withdraw', '1ee4ba21d97bfa4f856cc748e34981d87de53307', [
    `#!lua flags=allow-oom`,
    queuePart,
    `call('HDEL', base .. ':processes', ARGV[2])
call('ZREM', base .. ':beats', ARGV[2])
call('UNLINK', base .. ':orders:' .. ARGV[2])
return 'withdrawn'`,
  ]),
} as const;

export type ScriptName = keyof typeof SCRIPTS;
