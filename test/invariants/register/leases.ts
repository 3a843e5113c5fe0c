import { contract, include, type Part, script } from '../invariant.js';

/** Who holds a job, and whose word counts. */
export const leases: Part = [
  {
    id: 'one-holder',
    says: 'A job that is given is leased to one holder, and nobody else is given it.',
    shownBy: [
      contract('ordering', 'order', 'gives each job once, however many ask at the same time'),
      contract('leasing', 'leases', 'show who holds the job and since when'),
      contract(
        'handing-over',
        'a job that comes while a holder stands by is handed to it or ready for a claim, never both',
      ),
    ],
    mutants: [
      include(
        'take',
        'claim-writes-no-lease',
        'a claim gives jobs and does not write down to whom',
        "many('HSET', base .. STATES .. bucket, writes)",
        '',
      ),
      include(
        'hand-over',
        'hand-over-writes-no-lease',
        'a job that is handed over is not marked as running',
        "call('HSET', base .. STATES .. group[1], unpack(records[number]))",
        '',
      ),
    ],
  },
  {
    id: 'stale-outcome',
    says: 'An outcome told with an old token, twice or by another holder changes nothing.',
    shownBy: [
      contract('leasing', 'leases', 'are settled once'),
      contract('leasing', 'leases', 'are settled once when a call names a job twice: %s'),
      contract('leasing', 'leases', 'are not ended by an older token or another holder: %s'),
      contract('leasing', 'leases', 'pass when their holder is silent, and the job runs elsewhere'),
    ],
    mutants: [
      include(
        'leases',
        'lease-without-token',
        'the token is not looked at',
        "record.state == 'running' and record.token == token and record.holder == holder",
        "record.state == 'running' and record.holder == holder",
      ),
      include(
        'leases',
        'lease-without-holder',
        'the holder is not looked at',
        "record.state == 'running' and record.token == token and record.holder == holder",
        "record.state == 'running' and record.token == token",
      ),
      include(
        'complete',
        'completion-of-anybody',
        'whoever says so completes a running job',
        'ours = record and leased_to(record, holder, token)',
        "ours = record and record.state == 'running'",
      ),
      script(
        'settle',
        'failure-of-anybody',
        'whoever says so fails a job',
        'if not record or not leased_to(record, holder, token) then',
        "if not record or record.state ~= 'running' then",
      ),
      include(
        'complete',
        'completed-twice-in-a-call',
        'a job that comes twice in a call is completed twice',
        'if not ours or seen[field] then',
        'if not ours then',
      ),
    ],
  },
  {
    id: 'stale-report',
    says: 'What is reported of an attempt comes from its holder alone.',
    shownBy: [contract('reporting', 'what a job leaves behind', 'comes from its holder alone')],
    mutants: [
      script(
        'report',
        'report-of-anybody',
        'whoever says so reports on a job',
        'or leased_to(record, ARGV[6], token))',
        'or true)',
      ),
    ],
  },
  {
    id: 'growing-tokens',
    says: 'Every claim draws a greater token than all before it.',
    shownBy: [contract('leasing', 'leases', 'draw a greater token for every claim')],
    mutants: [
      script('claim', 'token-is-not-kept', 'the token that was drawn is not kept', "set('token', token)", ''),
      script(
        'claim',
        'token-does-not-grow',
        'a claim takes the token of the one before',
        "format('%.0f', count('token') + 1)",
        "format('%.0f', math.max(count('token'), 1))",
      ),
    ],
  },
  {
    id: 'silence',
    says: 'A holder that is silent for its lease loses its jobs; one that ticks or claims keeps them.',
    shownBy: [
      contract('leasing', 'leases', 'live on by a %s'),
      contract('leasing', 'leases', 'pass when their holder is silent, and the job runs elsewhere'),
      contract('leasing', 'leases', 'that passed are not taken back by who comes too late to say who is dead'),
    ],
    mutants: [
      script(
        'tick',
        'tick-is-no-heartbeat',
        'a tick does not renew the lease',
        "call('ZADD', base .. ':holders', format('%.0f', now + tonumber(ARGV[7])), holder)",
        "call('ZADD', base .. ':holders', 'NX', format('%.0f', now + tonumber(ARGV[7])), holder)",
      ),
      script(
        'claim',
        'claim-is-no-heartbeat',
        'a claim does not renew the lease',
        "call('ZADD', base .. ':holders', format(",
        "call('ZADD', base .. ':holders', 'NX', format(",
      ),
      script('tick', 'nobody-is-dead', 'nobody takes back what the dead held', 'left = reclaim(dead, left)', ''),
      script(
        'tick',
        'late-word-of-death',
        'who comes too late says who is dead all the same',
        'if now <= (tonumber(ARGV[10]) or math.huge) then',
        'if true then',
      ),
    ],
  },
  {
    id: 'unknown-leases',
    says: 'What a holder does not know of, or gives up as it ends, goes back unharmed.',
    shownBy: [
      contract('leasing', 'leases', 'that their holder does not know of go back, unharmed'),
      contract('leasing', 'leases', 'within one claim go back one by one'),
      contract('leasing', 'leases', 'go back at once when their holder retires'),
      contract(
        'handing-over',
        'what was handed over and is not known to the holder goes back, but not while the notice may travel',
      ),
    ],
    mutants: [
      script(
        'tick',
        'unknown-stays',
        'a lease stays with a holder that does not know of it',
        'claim.open > held.number and',
        'claim.open < held.number and',
      ),
      script(
        'tick',
        'notice-may-not-travel',
        'a notice on its way counts as lost',
        'TRAVELS = 500, 20, 5000',
        'TRAVELS = 500, 20, -1',
      ),
      script(
        'retire',
        'retired-keeps',
        'a holder that ends keeps what it held',
        'take_back(holder, claim, {}, go_back)',
        '',
      ),
      include(
        'reclaim',
        'known-go-back-too',
        'the jobs that the holder knows go back with the others',
        'local list = known[id] and remaining or unknown',
        'local list = unknown',
      ),
    ],
  },
  {
    id: 'uncounted-attempts',
    says: 'A release, a snooze or the death of a process uses no attempt; a failure uses one.',
    shownBy: [
      contract('timing', 'time', 'brings back a job %s, with no attempt used'),
      contract('timing', 'time', 'brings back failed attempts after their delay, as the next attempt'),
      contract('leasing', 'leases', 'use no attempt by being reclaimed'),
    ],
    mutants: [
      include(
        'end-attempt',
        'snooze-uses-an-attempt',
        'a snooze uses an attempt',
        "come_back(id, record, 'scheduled', now + delay, {})",
        "come_back(id, record, 'scheduled', now + delay, { attempts = record.attempts + 1 })",
      ),
      include(
        'end-attempt',
        'failure-uses-none',
        'a failure uses no attempt',
        'attempts = record.attempts + 1 }',
        'attempts = record.attempts }',
      ),
      include(
        'reclaim',
        'death-uses-an-attempt',
        'the death of a process uses an attempt',
        'at = now, flags = flags, crashes = crashes })',
        'at = now, flags = flags, crashes = crashes, attempts = record.attempts + 1 })',
      ),
    ],
  },
];
