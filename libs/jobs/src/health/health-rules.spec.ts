import type { WorkerView } from '../domain/processes/worker-view.js';
import type { ProcessFacts, QueueFacts } from './health-facts.js';
import {
  type HealthProblem,
  nobodyWorks,
  silentTooLong,
  slotsOverdue,
  stopping,
  storeAway,
  storeSlow,
  stuck,
  tooManyDeadLetters,
  tooManyPending,
  type Verdict,
  waitsTooLong,
} from './health-rules.js';
import { resolveHealthOptions } from './resolve-health-options.js';

const { system, queue: limits } = resolveHealthOptions({});

function queue(facts: Partial<QueueFacts> = {}): QueueFacts {
  const none = { pending: 0, scheduled: 0, running: 0, retrying: 0, deadLetters: 0 };
  return { name: 'mail', paused: false, pendingByPriority: {}, ...none, ...facts };
}

function worker(view: Partial<WorkerView> = {}): WorkerView {
  return {
    id: 'a#1',
    name: 'worker-1',
    group: 'worker',
    state: 'running',
    concurrency: 2,
    busy: 0,
    currentJobs: [],
    processed: 0,
    succeeded: 0,
    failed: 0,
    successRate: 1,
    failureRate: 0,
    overdue: 0,
    ...view,
  };
}

function process(facts: Partial<ProcessFacts> = {}): ProcessFacts {
  return {
    holder: 'a',
    host: 'web',
    pid: 7,
    queues: ['mail'],
    silentFor: 0,
    silent: false,
    workers: [worker()],
    ...facts,
  };
}

/** A value that is allowed, and the next that is not. */
interface Crossing {
  readonly rule: HealthProblem['rule'];
  readonly level: HealthProblem['level'];
  readonly subject: string;
  readonly judge: (value: number) => Verdict;
  readonly most: number;
  readonly message: string;
}

const crossings: readonly Crossing[] = [
  {
    rule: 'pending',
    level: 'degraded',
    subject: 'queue mail',
    judge: (pending) => tooManyPending(queue({ pending }), limits),
    most: 10_000,
    message: "10001 jobs are pending in queue 'mail', more than 10000",
  },
  {
    rule: 'oldest-pending',
    level: 'degraded',
    subject: 'queue mail',
    judge: (oldestWaiting) => waitsTooLong(queue({ oldestWaiting }), limits),
    most: 300_000,
    message: "a job has been pending in queue 'mail' for 5m, more than 5m",
  },
  {
    rule: 'no-worker',
    level: 'down',
    subject: 'queue mail',
    judge: (oldestWaiting) => nobodyWorks(queue({ oldestWaiting }), [], limits),
    most: 30_000,
    message: "no living worker takes jobs of queue 'mail', where one has been pending for 30s, more than 30s",
  },
  {
    rule: 'dead-letters',
    level: 'degraded',
    subject: 'queue mail',
    judge: (deadLetters) => tooManyDeadLetters(queue({ deadLetters }), { ...limits, deadLetters: { degraded: 5 } }),
    most: 5,
    message: "queue 'mail' has 6 dead letters, more than 5",
  },
  {
    rule: 'store-slow',
    level: 'degraded',
    subject: 'store',
    judge: (roundTrip) => storeSlow({ known: true, value: { description: 'memory', roundTrip } }, system),
    most: 500,
    message: 'the store took 501ms to answer, more than 500ms',
  },
  {
    rule: 'silence',
    level: 'degraded',
    subject: 'process web:7',
    judge: (silentFor) => silentTooLong(process({ silentFor }), system),
    most: 20_000,
    message: 'nothing has been heard of process web:7 for 20s, more than 20s',
  },
  {
    rule: 'overdue',
    level: 'degraded',
    subject: 'process web:7',
    judge: (overdue) => slotsOverdue(process({ workers: [worker({ overdue }), worker()] }), system),
    most: 0,
    message: '1 slots of process web:7 are held by handlers that should have ended, more than 0',
  },
];

describe.each(crossings)('$rule', ({ rule, level, subject, judge, most, message }) => {
  it(`is wrong over ${most}, and not at it`, () => {
    expect(judge(0)).toBeUndefined();
    expect(judge(most)).toBeUndefined();
    expect(judge(most + 1)).toEqual({ rule, level, subject, message, value: most + 1, threshold: most });
  });
});

describe('a threshold', () => {
  const pending = (value: number, told: object): string | undefined =>
    tooManyPending(queue({ pending: value }), { ...limits, pending: told })?.level;

  it('of two levels gives the worse one that is passed', () => {
    const told = { degraded: 10, down: 20 };
    expect([10, 11, 20, 21].map((value) => pending(value, told))).toEqual([undefined, 'degraded', 'degraded', 'down']);
  });

  it('of one level never gives the other', () => {
    expect([19, 21].map((value) => pending(value, { down: 20 }))).toEqual([undefined, 'down']);
    expect(pending(1e9, { degraded: 20 })).toBe('degraded');
  });

  it('that is off gives none', () => {
    expect(pending(1e9, {})).toBeUndefined();
  });
});

describe('store-away', () => {
  it('is wrong while nothing is known of the store, and says why', () => {
    expect(storeAway({ known: true, value: {} }, system)).toBeUndefined();
    expect(storeAway({ known: false, reason: 'no answer within 2s' }, system)).toEqual({
      rule: 'store-away',
      level: 'down',
      subject: 'store',
      message: 'the store is away: no answer within 2s',
    });
    expect(storeAway({ known: false, reason: 'gone' }, { storeAway: 'degraded' })?.level).toBe('degraded');
    expect(storeAway({ known: false, reason: 'gone' }, system, 'queues')?.message).toBe(
      'the store could not be asked for its queues: gone',
    );
  });

  it('is not also slow', () => {
    expect(storeSlow({ known: false, reason: 'gone' }, system)).toBeUndefined();
  });
});

describe('no-worker', () => {
  const waiting = queue({ pending: 1, oldestWaiting: 60_000 });

  it.each<[string, ProcessFacts]>([
    ['is silent', process({ silent: true })],
    ['works other queues', process({ queues: ['orders'] })],
    ['has none', process({ workers: [] })],
    ['has only a paused one', process({ workers: [worker({ state: 'paused' })] })],
    ['has only a stopping one', process({ workers: [worker({ state: 'stopping' })] })],
    ['has only one whose slots are all overdue', process({ workers: [worker({ overdue: 2 })] })],
  ])('counts no worker of a process that %s', (_what, other) => {
    expect(nobodyWorks(waiting, [other], limits)?.rule).toBe('no-worker');
    expect(nobodyWorks(waiting, [other, process()], limits)).toBeUndefined();
  });

  it('counts a worker that is busy, or has a slot left', () => {
    expect(nobodyWorks(waiting, [process({ workers: [worker({ busy: 2, overdue: 1 })] })], limits)).toBeUndefined();
  });

  it('is a queue whose jobs are past their time: nobody makes them pending', () => {
    expect(nobodyWorks(queue({ scheduled: 1, pastDue: 30_000 }), [], limits)).toBeUndefined();
    expect(nobodyWorks(queue({ scheduled: 1, pastDue: 60_000 }), [], limits)?.message).toContain(
      'where one has been due for 1m, more than 30s',
    );
    expect(nobodyWorks(queue({ scheduled: 1, pastDue: 60_000 }), [process()], limits)).toBeUndefined();
  });

  it('is a queue whose jobs are held by processes that are gone: nobody takes them back', () => {
    const held = queue({ running: 2 });
    const gone = process({ silent: true, silentFor: 40_000 });
    expect(nobodyWorks(held, [gone], limits)?.message).toContain(
      'where 2 have been held by processes that are gone for 40s, more than 30s',
    );
    expect(nobodyWorks(held, [], limits)).toMatchObject({ rule: 'no-worker', value: 600_000 });
    // Those of a process that is on its way out are still at work.
    expect(nobodyWorks(held, [gone, process({ workers: [worker({ state: 'stopping' })] })], limits)).toBeUndefined();
    expect(nobodyWorks(held, [{ ...gone, silentFor: 25_000 }, gone], limits)).toBeUndefined();
  });

  it('is nothing of a queue that is empty or paused', () => {
    expect(nobodyWorks(queue(), [], limits)).toBeUndefined();
    expect(nobodyWorks({ ...waiting, paused: true }, [], limits)).toBeUndefined();
    expect(waitsTooLong({ ...waiting, oldestWaiting: 600_000, paused: true }, limits)?.message).toContain('is paused');
  });
});

describe('stuck', () => {
  it('is a process whose every slot is overdue', () => {
    const full = worker({ busy: 2, overdue: 2 });
    expect(stuck(process({ workers: [full, worker({ overdue: 1 })] }), 'down')).toBeUndefined();
    expect(stuck(process({ workers: [full, full] }), 'down')).toMatchObject({ rule: 'stuck', level: 'down' });
    expect(stuck(process({ workers: [full, worker({ state: 'stopped' })] }), 'degraded')?.level).toBe('degraded');
  });

  it('is not one without workers', () => {
    expect(stuck(process({ workers: [] }), 'down')).toBeUndefined();
    expect(stuck(process({ workers: [worker({ state: 'stopped' })] }), 'down')).toBeUndefined();
  });
});

describe('stopping', () => {
  it('is a process that shuts down', () => {
    expect(stopping(false)).toBeUndefined();
    expect(stopping(true)).toMatchObject({ rule: 'stopping', level: 'down' });
  });
});
