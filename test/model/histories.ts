import * as fc from 'fast-check';
import { type Act, type Command, type History, HOLDERS, IDS, QUEUES, SCHEDULES, type SettleKind } from './command.js';

/** Mostly one of the latest. */
const pick = fc.oneof({ weight: 5, arbitrary: fc.nat({ max: 2 }) }, { weight: 1, arbitrary: fc.nat({ max: 30 }) });
const job = fc.nat({ max: IDS - 5 });
/** Occurrences have ids of their own, mostly. */
const occurrence = fc.integer({ min: IDS - 6, max: IDS - 1 });
const jobs = fc.array(job, { minLength: 1, maxLength: 4 });
const holder = fc.nat({ max: HOLDERS - 1 });
const schedule = fc.constantFrom(0, 0, SCHEDULES - 1);
const priority = fc.constantFrom(-5, 0, 0, 0, 7);
const units = fc.constantFrom(1, 1, 1, 2, 3);
/** Whole units before a part of one. */
const wait = fc.constantFrom(0, 0, 1, 2);
const seldom = fc.constantFrom(false, false, false, false, false, true);
const mostTimes = fc.constantFrom(true, true, true, false);

function maybe<T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });
}

function mostly<T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight: 1, arbitrary: fc.constant(undefined) }, { weight: 7, arbitrary: value });
}

const newJob = fc.record({
  id: job,
  priority,
  delay: maybe(wait),
  expires: maybe(units),
  maxCrashes: fc.constantFrom(3, 3, 1, 0),
  retain: maybe(fc.nat({ max: 4 })),
});

const settleKind = fc.constantFrom<SettleKind>(
  'completed',
  'completed',
  'retry',
  'retry',
  'failed',
  'cancelled',
  'snoozed',
  'released',
  'released-for-later',
);

type ActOf<K extends Act['kind']> = Extract<Act, { readonly kind: K }>;

/** An act of one kind, with what belongs to it. */
function act<K extends Act['kind']>(
  kind: K,
  rest: { readonly [P in Exclude<keyof ActOf<K>, 'kind'>]: fc.Arbitrary<ActOf<K>[P]> },
): fc.Arbitrary<Act> {
  return fc.record({ kind: fc.constant(kind), ...rest }) as unknown as fc.Arbitrary<Act>;
}

const submit = act('submit', { jobs: fc.array(newJob, { minLength: 1, maxLength: 5 }) });

const claim = act('claim', { holder, limit: fc.constantFrom(0, 1, 1, 2, 3, 4), suspects: mostTimes });
const settle = act('settle', {
  leases: fc.array(pick, { minLength: 1, maxLength: 4 }),
  as: settleKind,
  delay: fc.nat({ max: 3 }),
});
const tick = act('tick', { holder, forgets: fc.constantFrom(0, 0, 0, 2, 1), clears: fc.boolean() });
const putSchedule = act('put-schedule', {
  schedule,
  next: mostly(wait),
  overlap: fc.constantFrom('allow', 'skip', 'queue-one', 'queue-one', 'queue-one', 'cancel-previous'),
  keepsWaiting: mostTimes,
  stale: seldom,
});
const fire = act('fire', {
  schedule,
  cause: fc.constantFrom('listed', 'listed', 'listed', 'listed', 'due', 'released', 'by-hand'),
  next: mostly(wait),
  maxRuns: fc.constantFrom(0, 0, 0, 3),
  job: mostly(occurrence),
  stale: seldom,
});
const advance = act('advance', { units });
const move = fc.record({
  kind: fc.constantFrom('cancel', 'cancel', 'cancel', 'retry', 'retry', 'promote', 'promote', 'remove'),
  jobs,
});

const reprioritise = act('reprioritise', { jobs, priority });
const crash = act('crash', { holder });
const configure = act('configure', {
  concurrency: maybe(units),
  maxDepth: fc.oneof(fc.constant(undefined), fc.nat({ max: 6 })),
  maxScheduled: maybe(fc.nat({ max: 4 })),
  onFull: fc.constantFrom('block', 'drop-newest', 'drop-oldest'),
  retainAge: fc.nat({ max: 6 }),
  retainCount: fc.nat({ max: 3 }),
});

interface Weighted {
  readonly weight: number;
  readonly arbitrary: fc.Arbitrary<Act>;
}

const anything: readonly Weighted[] = [
  { weight: 9, arbitrary: submit },
  { weight: 12, arbitrary: claim },
  { weight: 8, arbitrary: settle },
  { weight: 1, arbitrary: act('report', { lease: pick, progress: fc.nat({ max: 99 }) }) },
  { weight: 7, arbitrary: tick },
  { weight: 2, arbitrary: crash },
  { weight: 1, arbitrary: act('retire', { holder }) },
  { weight: 7, arbitrary: move },
  { weight: 2, arbitrary: act('reschedule', { jobs, delay: wait }) },
  { weight: 2, arbitrary: reprioritise },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom('pause', 'resume', 'resume', 'resume', 'clear', 'purge') }),
  },
  { weight: 3, arbitrary: configure },
  { weight: 3, arbitrary: putSchedule },
  { weight: 1, arbitrary: act('remove-schedule', { schedule }) },
  { weight: 5, arbitrary: fire },
  { weight: 9, arbitrary: advance },
];

/** Of a system that mostly lives by its schedules. */
const scheduling: readonly Weighted[] = [
  { weight: 8, arbitrary: claim },
  { weight: 8, arbitrary: settle },
  { weight: 1, arbitrary: tick },
  { weight: 2, arbitrary: move },
  { weight: 3, arbitrary: putSchedule },
  { weight: 10, arbitrary: fire },
  { weight: 10, arbitrary: advance },
];

/** Of processes that die. */
const dying: readonly Weighted[] = [
  { weight: 4, arbitrary: submit },
  { weight: 10, arbitrary: claim },
  { weight: 5, arbitrary: crash },
  { weight: 6, arbitrary: advance },
  { weight: 8, arbitrary: tick },
  { weight: 2, arbitrary: settle },
  { weight: 6, arbitrary: move },
  { weight: 2, arbitrary: configure },
  { weight: 2, arbitrary: reprioritise },
];

/** One call in ten loses its reply, some of them twice. */
const loses = fc.constantFrom(...Array<number>(18).fill(0), 1, 2);

function commands(acts: readonly Weighted[]): fc.Arbitrary<History> {
  const command: fc.Arbitrary<Command> = fc
    .tuple(fc.nat({ max: QUEUES - 1 }), fc.oneof(...acts), loses)
    .map(([queue, one, lost]) => ({ ...one, queue, ...(lost === 0 ? {} : { loses: lost }) }));
  return fc.array(command, { minLength: 1, maxLength: 110, size: 'max' });
}

/** Histories of one queue, two or three, which begin with jobs in each. */
export const histories: fc.Arbitrary<History> = fc.noBias(
  fc
    .tuple(
      fc.constantFrom(1, 1, 2, 2, QUEUES),
      fc.tuple(submit, submit, submit),
      fc.oneof(
        { weight: 3, arbitrary: commands(anything) },
        { weight: 1, arbitrary: commands(scheduling) },
        { weight: 1, arbitrary: commands(dying) },
      ),
    )
    .map(([queues, first, rest]) => [
      ...first.slice(0, queues).map((one, queue) => ({ ...one, queue })),
      ...rest.map((one) => ({ ...one, queue: one.queue % queues })),
    ]),
);
