import { contract, include, type Part, script } from '../invariant.js';

/** Which job comes next, and when none does. */
export const order: Part = [
  {
    id: 'first-in-first-out',
    says: 'Jobs of one priority run in the order in which they became pending.',
    shownBy: [
      contract('ordering', 'order', 'is first in, first out within a priority'),
      contract('ordering', 'order', 'puts promoted and retried jobs last in their level'),
      contract('ordering', 'order', 'orders jobs that fall due by their due time'),
    ],
    mutants: [
      script(
        'submit',
        'last-in-first-out',
        'a submit puts its jobs in front',
        "call('RPUSH', base .. ':p:' .. level, unpack(ids)) == number",
        "call('LPUSH', base .. ':p:' .. level, unpack(ids)) == number",
      ),
      include(
        'line',
        'come-back-in-front',
        'what comes back jumps its line',
        "many('RPUSH', base .. ':p:' .. priority, entries)",
        "many('LPUSH', base .. ':p:' .. priority, entries)",
      ),
      include(
        'promote-due',
        'latest-due-first',
        'of the jobs that are due the latest comes first',
        'return a.at < b.at',
        'return a.at > b.at',
      ),
    ],
  },
  {
    id: 'higher-first',
    says: 'A higher priority comes first, also for a job that came later or whose priority was changed.',
    shownBy: [
      contract('ordering', 'order', 'gives higher priorities first, any integer'),
      contract('ordering', 'order', 'gives a later job of a higher priority before what waits'),
      contract('ordering', 'order', 'puts a job whose priority changed last in its new level'),
      contract('ordering', 'order', 'remembers the new priority of a job that waits for its time'),
    ],
    mutants: [
      script(
        'claim',
        'lowest-first',
        'a claim begins with the lowest',
        "call('ZRANGE', base .. ':levels', 0, 0, 'REV')[1]",
        "call('ZRANGE', base .. ':levels', 0, 0)[1]",
      ),
      script(
        'reprioritise',
        'stays-in-its-line',
        'a job whose priority was changed stays in its line',
        'flags = record.flags }, priority)',
        'flags = record.flags }, record.priority)',
      ),
      script(
        'reprioritise',
        'new-priority-is-forgotten',
        'the new priority of a job that waits is not kept',
        'put(STATES, id, render(record, { priority = priority }))',
        '',
      ),
      include(
        'line',
        'level-is-not-known',
        'a level that was empty is not looked at any more',
        "    call('ZADD', base .. ':levels', priority, priority)\n",
        '',
      ),
    ],
  },
  {
    id: 'paused',
    says: 'A paused queue gives nothing, in whatever way, and takes what is submitted.',
    shownBy: [
      contract('queue-limits', 'a paused queue', 'gives no jobs until it is resumed, to nobody, and takes submits'),
      contract('queue-limits', 'a paused queue', 'keeps its order and gives what fell due meanwhile'),
      contract('handing-over', 'nothing is handed over in a queue that is %s'),
    ],
    mutants: [
      include(
        'queue',
        'pause-is-not-heeded',
        'a pause is not heeded',
        "if meta.paused == '1' then\n    return 0",
        'if false then\n    return 0',
      ),
      script('resume', 'resume-does-not', 'a queue stays paused for ever', "set('paused', '')", "set('paused', '1')"),
    ],
  },
  {
    id: 'concurrency',
    says: 'No more jobs of a queue run at once than its concurrency allows, over all processes.',
    shownBy: [
      contract('queue-limits', 'concurrency', 'holds over all holders'),
      contract('queue-limits', 'concurrency', 'is given back by jobs whose holder died'),
      contract('queue-limits', 'concurrency', 'can be changed while jobs run'),
      contract('handing-over', 'nothing is handed over in a queue that is %s'),
    ],
    mutants: [
      include(
        'queue',
        'one-too-many-runs',
        'one job more may run',
        "math.max(0, limit - count('running'))",
        "math.max(0, limit - count('running') + 1)",
      ),
      script(
        'claim',
        'claim-over-the-limit',
        'a claim does not ask how many may run',
        'math.min(tonumber(ARGV[7]), BATCH, room())',
        'math.min(tonumber(ARGV[7]), BATCH)',
      ),
      include(
        'reclaim',
        'the-dead-take-room',
        'what the dead held is counted as running',
        "bump('running', #remaining - claim.open)",
        '',
      ),
      include(
        'hand-over',
        'handed-over-the-limit',
        'more are handed over than may run',
        'if #ids > MOST_JOBS or room() < #ids then',
        'if #ids > MOST_JOBS then',
      ),
    ],
  },
  {
    id: 'woken',
    says: 'Nobody sleeps on while there is work for them.',
    shownBy: [
      contract('notifying', 'sleep', 'is ended by %s'),
      contract('notifying', 'sleep', 'is ended by jobs that a resumed queue has'),
      contract('notifying', 'sleep', 'is ended by who claims and leaves work behind'),
      contract('notifying', 'sleep', 'is ended by a submit beside suspects that nobody may take now'),
    ],
    mutants: [
      script('submit', 'submit-wakes-nobody', 'a submit wakes nobody', 'if has_news() then', 'if false then'),
      script('fire-schedule', 'firing-wakes-nobody', 'a firing wakes nobody', 'if has_news() then\n  wake()\nend', ''),
      include(
        'change',
        'news-beside-suspects',
        'jobs that come beside suspects are no news',
        'was_pending <= suspects_before and',
        'was_pending == 0 and',
      ),
      script(
        'claim',
        'marker-is-not-passed-on',
        'who claims and leaves work behind wakes nobody',
        'if more or (suspect',
        'if false or (suspect',
      ),
      include('due', 'earlier-time-is-no-news', 'an earlier due time wakes nobody', 'earlier_due = true', ''),
    ],
  },
];
