import * as fc from 'fast-check';

/** A step of time; every delay lies between two of them, so that it does not matter how long a run takes. */
export const UNIT = 60_000;

/** How long holders count as alive: between one step of time and two. */
export const LEASE = UNIT + UNIT / 2;

export interface NewJob {
  /** Which of a few ids, so that some are submitted again. */
  readonly id: number;
  readonly priority: number;
  /** Whole units until it is due; at once when absent. */
  readonly delay?: number | undefined;
  readonly expires?: number | undefined;
  readonly maxCrashes: number;
  /** Whole units; 0 keeps nothing of a completed job. */
  readonly retain?: number | undefined;
}

export type SettleKind = 'completed' | 'retry' | 'failed' | 'cancelled' | 'snoozed' | 'released' | 'released-for-later';

/** One step of a history. Numbers that pick among jobs or leases are taken modulo what there is. */
export type Command =
  | { readonly kind: 'submit'; readonly jobs: readonly NewJob[] }
  | { readonly kind: 'claim'; readonly holder: number; readonly limit: number; readonly suspects: boolean }
  | { readonly kind: 'settle'; readonly leases: readonly number[]; readonly as: SettleKind; readonly delay: number }
  | { readonly kind: 'report'; readonly lease: number; readonly progress: number }
  | {
      readonly kind: 'tick';
      readonly holder: number;
      /** Of the leases it holds it knows all but each one whose number this divides; 0 knows all. */
      readonly forgets: number;
      readonly clears: boolean;
    }
  | { readonly kind: 'crash'; readonly holder: number }
  | { readonly kind: 'retire'; readonly holder: number }
  | { readonly kind: 'cancel' | 'retry' | 'promote' | 'remove'; readonly jobs: readonly number[] }
  | { readonly kind: 'reschedule'; readonly jobs: readonly number[]; readonly delay: number }
  | { readonly kind: 'reprioritise'; readonly jobs: readonly number[]; readonly priority: number }
  | { readonly kind: 'pause' | 'resume' | 'clear' }
  | {
      readonly kind: 'configure';
      readonly concurrency?: number | undefined;
      readonly maxDepth?: number | undefined;
      readonly maxScheduled?: number | undefined;
      readonly onFull: 'block' | 'drop-newest' | 'drop-oldest';
      readonly retainAge: number;
      readonly retainCount: number;
    }
  | { readonly kind: 'advance'; readonly units: number };

export const IDS = 12;
export const HOLDERS = 3;

const pick = fc.nat({ max: 30 });
const job = fc.nat({ max: IDS - 1 });
const jobs = fc.array(job, { minLength: 1, maxLength: 4 });
const holder = fc.nat({ max: HOLDERS - 1 });
const priority = fc.constantFrom(-5, 0, 0, 0, 7);
const units = fc.integer({ min: 1, max: 4 });
const maybe = (value: fc.Arbitrary<number>): fc.Arbitrary<number | undefined> =>
  fc.option(value, { nil: undefined, freq: 2 });

const newJob = fc.record({
  id: job,
  priority,
  delay: maybe(units),
  expires: maybe(units),
  maxCrashes: fc.constantFrom(3, 3, 1, 0),
  retain: maybe(fc.nat({ max: 4 })),
});

const settleKind = fc.constantFrom<SettleKind>(
  'completed',
  'retry',
  'retry',
  'failed',
  'cancelled',
  'snoozed',
  'released',
  'released-for-later',
);

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('submit' as const),
      jobs: fc.array(newJob, { minLength: 1, maxLength: 5 }),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('claim' as const),
      holder,
      limit: fc.integer({ min: 0, max: 4 }),
      suspects: fc.boolean(),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('settle' as const),
      leases: fc.array(pick, { minLength: 1, maxLength: 4 }),
      as: settleKind,
      delay: fc.nat({ max: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('report' as const), lease: pick, progress: fc.nat() }) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('tick' as const),
      holder,
      forgets: fc.constantFrom(0, 0, 0, 2, 1),
      clears: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('crash' as const), holder }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('retire' as const), holder }) },
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constantFrom('cancel', 'cancel', 'retry', 'retry', 'promote', 'remove'), jobs }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('reschedule' as const), jobs, delay: units }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('reprioritise' as const), jobs, priority }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('pause', 'resume', 'resume', 'clear') }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('configure' as const),
      concurrency: maybe(units),
      maxDepth: maybe(fc.nat({ max: 6 })),
      maxScheduled: maybe(fc.nat({ max: 4 })),
      onFull: fc.constantFrom('block', 'drop-newest', 'drop-oldest'),
      retainAge: fc.nat({ max: 6 }),
      retainCount: fc.nat({ max: 3 }),
    }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('advance' as const), units }) },
);

/** Histories of a queue, from its first job on. */
export const histories: fc.Arbitrary<readonly Command[]> = fc.array(command, {
  minLength: 1,
  maxLength: 60,
  size: 'max',
});

/** A history as a person reads it, one step a line. */
export function describeHistory(history: readonly Command[]): string {
  return history
    .map(({ kind, ...rest }, step) => `${String(step + 1).padStart(3)}. ${kind} ${JSON.stringify(rest)}`)
    .join('\n');
}
