import { contract, include, type Part, script } from '../invariant.js';

/** How many jobs a queue takes, and what becomes of those that are too many. */
export const limits: Part = [
  {
    id: 'depth',
    says: 'A full queue refuses what is too much and keeps nothing of it, and never refuses what comes back.',
    shownBy: [
      contract('queue-limits', 'a full queue', 'refuses what is over its depth and keeps nothing of it'),
      contract(
        'queue-limits',
        'a full queue',
        'counts jobs that wait for a time, and not those that run or are finished',
      ),
      contract('queue-limits', 'a full queue', 'never refuses what comes back'),
    ],
    mutants: [
      include(
        'overflow',
        'one-too-deep',
        'a queue takes one job more than it may',
        'if depth() >= max_depth then',
        'if depth() > max_depth then',
      ),
      include(
        'overflow',
        'calendar-is-not-counted',
        'retrying jobs are not counted',
        " + call('ZCARD', base .. ':retrying')",
        '',
      ),
    ],
  },
  {
    id: 'drop-policies',
    says: 'Where told so, a full queue drops the new job or the oldest of the lowest priority, and records it.',
    shownBy: [
      contract('queue-limits', 'a full queue', 'drops the newest where told, and records it'),
      contract('queue-limits', 'a full queue', 'drops the oldest of the lowest priority where told, and records it'),
      contract('queue-limits', 'a full queue', 'drops the new job where there is no pending one to drop'),
    ],
    mutants: [
      include(
        'overflow',
        'drops-the-newest-in-line',
        'the newest in the line is dropped',
        "call('LPOP', base .. ':p:' .. level)",
        "call('RPOP', base .. ':p:' .. level)",
      ),
      include(
        'overflow',
        'drops-the-highest',
        'a job of the highest priority is dropped',
        "call('ZRANGE', base .. ':levels', 0, 0)[1]",
        "call('ZRANGE', base .. ':levels', 0, 0, 'REV')[1]",
      ),
      include(
        'overflow',
        'drop-is-not-recorded',
        'a job that is dropped is not recorded',
        "        give_up(id, record, 'dropped', ',\"maxDepth\":' .. max_depth)\n",
        '',
      ),
    ],
  },
  {
    id: 'scheduled-limit',
    says: 'No more jobs lie scheduled than the queue allows.',
    shownBy: [
      contract(
        'scheduled-limits',
        'a queue with as many scheduled jobs as it may have',
        'refuses one more, keeps nothing of it, and takes what is due',
      ),
      contract(
        'scheduled-limits',
        'a queue with as many scheduled jobs as it may have',
        'takes another for each that is promoted, cancelled, removed, or falls due',
      ),
    ],
    mutants: [
      include(
        'submit-each',
        'one-too-many-scheduled',
        'one job more may lie scheduled',
        'elseif places and places <= 0 and',
        'elseif places and places < 0 and',
      ),
      include(
        'submit-each',
        'places-are-not-counted',
        'those of the same call are not counted',
        'places = places - 1',
        'places = places',
      ),
    ],
  },
  {
    id: 'clear',
    says: 'A clear forgets what waits and nothing else.',
    shownBy: [
      contract('queue-limits', 'clear', 'forgets what waits and nothing else'),
      contract('queue-limits', 'clear', 'forgets suspects and jobs that were moved about'),
    ],
    mutants: [
      script(
        'clear',
        'retrying-stay',
        'retrying jobs stay',
        "for _, state in ipairs({ 'scheduled', 'retrying' }) do",
        "for _, state in ipairs({ 'scheduled' }) do",
      ),
      script('clear', 'suspects-stay', 'suspects stay', 'lines[#lines + 1] = false\n', ''),
    ],
  },
  {
    id: 'bounded-history',
    says: "A job's history and its log are bounded: the latest of them are kept.",
    shownBy: [
      contract('reporting', 'what a job leaves behind', 'is a bounded history, the latest of it'),
      contract(
        'reporting',
        'what a job leaves behind',
        'is its log, the last lines of it, with their times and attempts',
      ),
    ],
    mutants: [
      include(
        'failure',
        'history-grows',
        'the history grows without end',
        "call('LTRIM', base .. ':h:' .. id, -HISTORY, -1)",
        '',
      ),
      script(
        'report',
        'first-lines-stay',
        'the first lines are kept',
        "call('LTRIM', base .. ':l:' .. id, -LINES, -1)",
        "call('LTRIM', base .. ':l:' .. id, 0, LINES - 1)",
      ),
    ],
  },
];
