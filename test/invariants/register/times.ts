import { contract, include, type Part, script, spec } from '../invariant.js';

/** What waits for a time, and what has run out of it. */
export const times: Part = [
  {
    id: 'not-before-due',
    says: 'A delayed, snoozed or retrying job does not run before it is due, and then it does.',
    shownBy: [
      contract('timing', 'time', 'holds back a job until its delay has passed'),
      contract('timing', 'time', 'takes an epoch time, and runs at once what is past'),
      contract('timing', 'time', 'makes due jobs ready by a tick as well'),
      contract('timing', 'time', 'brings back failed attempts after their delay, as the next attempt'),
      contract('timing', 'time', 'moves the due time of a waiting job, in both directions'),
      contract('timing', 'time', 'tells when the next job is due'),
    ],
    mutants: [
      include(
        'promote-due',
        'due-before-its-time',
        'whatever is on the calendar counts as due',
        "':' .. state, '-inf', now, 'BYSCORE'",
        "':' .. state, '-inf', '+inf', 'BYSCORE'",
      ),
      include(
        'add-job',
        'delay-is-not-heeded',
        'a delay is not heeded',
        "if job.due == '' or due_at(job.due) <= now then",
        'if true then',
      ),
      include(
        'end-attempt',
        'retry-at-once',
        'a failed attempt comes back without its delay',
        'come_back(id, record, state, now + delay, changes)',
        'come_back(id, record, state, now, changes)',
      ),
      include(
        'due',
        'earlier-time-is-not-noted',
        'a time before all others is not noted',
        'if not next_due() or due < next_due() then',
        'if not next_due() then',
      ),
      script('tick', 'tick-promotes-nothing', 'a tick makes nothing ready', 'left = left - promote_due(left)', ''),
      script('reschedule', 'wrong-way', 'a job is moved to the wrong time', 'due = now + due', 'due = now - due'),
    ],
  },
  {
    id: 'time-goes-on',
    says: "A queue's time never goes back.",
    shownBy: [
      contract('timing', 'time', 'never goes back'),
      spec(
        'libs/jobs/src/adapters/redis/redis-time.spec.ts',
        'the time of a queue',
        'does not go back when the clock is set back',
      ),
    ],
    mutants: [
      include(
        'queue',
        'time-goes-back',
        'a clock that was set back sets the queue back',
        "+ tonumber(ARGV[1]), count('now'))",
        '+ tonumber(ARGV[1]))',
      ),
    ],
  },
  {
    id: 'expired',
    says: 'A job that was not begun in time does not run: it is dead-lettered, wherever it waits.',
    shownBy: [
      contract('timing', 'expiry', 'gives up a pending job that was not begun in time'),
      contract('timing', 'expiry', 'gives up a scheduled job whose time comes too late'),
      contract('timing', 'expiry', 'gives it up by a tick as well, before anybody claims'),
      contract('timing', 'expiry', 'gives up a retrying job whose next attempt comes too late'),
      contract('timing', 'expiry', 'does not touch a job that has begun in time'),
      contract('timing', 'expiry', 'is lifted by a retry by hand: the job runs'),
    ],
    mutants: [
      include(
        'take-special',
        'expired-runs',
        'a pending job runs although it has expired',
        'elseif expired(record) then',
        'elseif false then',
      ),
      include(
        'promote-due',
        'expired-becomes-ready',
        'an expired job falls due all the same',
        'if expired(record) then',
        'if false then',
      ),
      include(
        'record',
        'expires-late',
        'a job expires when its time has not come',
        'tonumber(record.expiresAt) <= now',
        'tonumber(record.expiresAt) >= now',
      ),
      script(
        'retry',
        'expires-again',
        'a job retried by hand has expired already',
        "at = now, expiresAt = '',",
        'at = now,',
      ),
    ],
  },
  {
    id: 'retention',
    says: 'Completed and cancelled jobs are kept for as long and as many as told, and then go whole.',
    shownBy: [
      contract('retaining', 'retention', 'keeps completed and cancelled jobs for the time of the queue'),
      contract(
        'retaining',
        'retention',
        'keeps as many completed jobs as told, and as many cancelled ones, the newest',
      ),
      contract('retaining', 'retention', 'lets a %s job have its own'),
      contract('retaining', 'retention', 'keeps nothing of a completed job with retain 0, from the moment it ends'),
      contract('reporting', 'what a job leaves behind', 'goes with the job when it is removed'),
      contract('retaining', 'retention', 'begins anew when a job is retried by hand and finishes again'),
    ],
    mutants: [
      include(
        'retention',
        'kept-for-ever',
        'age is not looked at',
        'math.min(bound, math.max(past, call(',
        'math.min(bound, math.max(0, call(',
      ),
      include(
        'retention',
        'one-too-many-kept',
        'one job more is kept',
        "call('ZCARD', index) - kept)",
        "call('ZCARD', index) - kept - 1)",
      ),
      include(
        'retention',
        'the-newest-go',
        'the newest go first',
        "call('ZRANGE', index, 0, number - 1)",
        "call('ZRANGE', index, 0, number - 1, 'REV')",
      ),
      include(
        'finished',
        'details-stay',
        'progress and log lines stay behind',
        "call('UNLINK', base .. ':h:' .. id, base .. ':l:' .. id, base .. ':g:' .. id)",
        '',
      ),
      include('finish', 'envelope-stays', 'a job that is dropped stays to be found', '  forget(id)\n', ''),
      script(
        'tick',
        'own-retention-is-forgotten',
        "a job's own retention is not looked at",
        'left = left - trim_retained(left)',
        '',
      ),
    ],
  },
  {
    id: 'dead-letters-stay',
    says: 'A failed job stays whatever the queue says, until its own retention, or somebody, takes it away.',
    shownBy: [
      contract('retaining', 'retention', 'keeps failed jobs whatever the queue says'),
      contract('retaining', 'retention', 'keeps a failed job with retain 0: a dead letter does not vanish'),
    ],
    mutants: [
      script(
        'tick',
        'dead-letters-are-trimmed',
        'failed jobs are trimmed with the others',
        "ipairs({ 'completed', 'cancelled' })",
        "ipairs({ 'completed', 'cancelled', 'failed' })",
      ),
      include(
        'finished',
        'dead-letter-vanishes',
        'a failed job with retain 0 goes at once',
        "and not (state == 'failed' and record.retain == '0')",
        '',
      ),
    ],
  },
];
