import { contract, include, type Part, script, type Shown, spec, table } from '../invariant.js';

const DOMAIN = 'libs/jobs/src/domain/job-state.spec.ts';
const OPERATIONS = 'every state by every operation';
const state = '$state, $how';
const everyOperation = contract('state-table', OPERATIONS, state, '$name');
/** One of them in every state, as the table of operations names it. */
const inEveryState = (operation: string): Shown => ({ ...everyOperation, told: [OPERATIONS, state, operation] });

/** Which moves there are, and that all books of a queue tell one story. */
export const states: Part = [
  {
    id: 'legal-moves',
    says: 'A job moves only as the table of transitions allows, whatever is asked of it in whatever state.',
    shownBy: [everyOperation, spec(DOMAIN, 'statesThatAllow', 'names the states an operation accepts')],
    mutants: [
      table(
        'table-forgets-reschedule',
        'the table forgets that a pending job may be rescheduled',
        "    scheduled: ['rescheduled'],\n    cancelled: ['cancelled'],\n    failed: ['expired', 'dropped', 'corrupt'],",
        "    cancelled: ['cancelled'],\n    failed: ['expired', 'dropped', 'corrupt'],",
      ),
      script(
        'promote',
        'promote-refuses-retrying',
        'a promotion refuses retrying jobs',
        "if record.state ~= 'scheduled' and record.state ~= 'retrying' then",
        "if record.state ~= 'scheduled' then",
      ),
      script(
        'remove',
        'remove-takes-running',
        'a running job can be removed',
        "if state == 'running' then",
        'if false then',
      ),
    ],
  },
  {
    id: 'finished-by-hand',
    says: 'A finished job moves by hand only, and a completed one never.',
    shownBy: [
      spec(DOMAIN, 'the table of transitions', 'moves finished jobs by hand only, and completed ones never'),
      inEveryState('cancel'),
      inEveryState('retry'),
      inEveryState('the retirement of its holder'),
    ],
    mutants: [
      table(
        'table-revives-completed',
        'the table lets a completed job be retried',
        'completed: {},',
        "completed: { pending: ['retried-by-hand'] },",
      ),
      table(
        'table-reclaims-cancelled',
        'the table lets a cancelled job be reclaimed',
        "cancelled: { pending: ['retried-by-hand'] },",
        "cancelled: { pending: ['retried-by-hand', 'reclaimed'] },",
      ),
      script(
        'retry',
        'retry-takes-completed',
        'a completed job can be retried',
        "if record.state ~= 'failed' and record.state ~= 'cancelled' then",
        "if record.state ~= 'failed' and record.state ~= 'cancelled' and record.state ~= 'completed' then",
      ),
      include(
        'cancel-one',
        'cancel-takes-completed',
        'a completed job can be cancelled',
        "elseif state == 'completed' or state == 'failed'",
        "elseif state == 'failed'",
      ),
    ],
  },
  {
    id: 'runs-from-pending',
    says: 'Only a claim makes a job run, and only a pending one.',
    shownBy: [
      spec(DOMAIN, 'the table of transitions', 'runs a job from pending only, by a claim only'),
      contract(
        'cancelling',
        'cancel',
        'keeps jobs of a long line from running, and one that is retried from running twice',
      ),
    ],
    mutants: [
      table(
        'table-runs-scheduled',
        'the table lets a claim take a scheduled job',
        "  scheduled: {\n    pending: ['due', 'promoted'],",
        "  scheduled: {\n    running: ['claimed'],\n    pending: ['due', 'promoted'],",
      ),
      include(
        'take-special',
        'claim-believes-the-line',
        'a claim takes what stands in a line, pending or not',
        "if record.state ~= 'pending' or record.generation ~= generation",
        'if record.generation ~= generation',
      ),
    ],
  },
  {
    id: 'every-job-can-end',
    says: 'Every job that is not finished can be cancelled, and can come to an end.',
    shownBy: [
      spec(DOMAIN, 'the table of transitions', 'lets every job that is not finished be cancelled, and come to an end'),
      inEveryState('cancel'),
    ],
    mutants: [
      table(
        'table-keeps-retrying',
        'the table lets no retrying job be cancelled',
        "    retrying: ['rescheduled'],\n    cancelled: ['cancelled'],",
        "    retrying: ['rescheduled'],",
      ),
      include(
        'cancel-one',
        'cancel-spares-running',
        'a running job is not asked to stop',
        "if state == 'running' then",
        "if state == 'running' and has(record, 's') then",
      ),
    ],
  },
  {
    id: 'one-story',
    says: "A queue's counts, its lists and its jobs' records tell one story: a job is in one state at a time.",
    shownBy: [
      contract('state-table', OPERATIONS, state, 'is in that state'),
      ...['cancel', 'retry', 'settle as failed', 'claim'].map(inEveryState),
    ],
    mutants: [
      include(
        'finish',
        'unfinish-forgets-the-index',
        'a job retried by hand stays in the list of finished ones',
        "call('ZREM', finished_index(record, record.state), id)",
        '',
      ),
      include(
        'due',
        'undefer-forgets-the-calendar',
        'a job that leaves the calendar stays on it',
        "call('ZREM', base .. ':' .. record.state, record.order .. id)",
        '',
      ),
      include(
        'leases',
        'unlease-forgets-the-count',
        'an attempt that ends is counted as running for ever',
        "bump('running', -number)",
        '',
      ),
      include(
        'line',
        'leaving-is-not-counted',
        'a job that leaves its line is counted as pending for ever',
        '  depart(record.priority, 1)',
        '',
      ),
      script(
        'submit',
        'submit-forgets-the-depth',
        'what a submit adds is not counted in its level',
        "call('HINCRBY', base .. ':depths', level, number)",
        '',
      ),
    ],
  },
];
