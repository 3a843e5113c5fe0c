/** What every engine is given to do: the same small job, as an application would send it. */
export interface BenchPayload {
  readonly n: number;
  readonly to: string;
  readonly template: string;
  readonly text: string;
}

/** Where Redis is. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

export interface QueueOptions {
  /** Keep each finished job and its result for 24 h, with no cap on their number; else keep nothing of them. */
  readonly keepResults: boolean;
  /** Attempts a job has; the delay between them is as near to none as the engine has. */
  readonly attempts: number;
  /** What our own drain is measured with and without; other engines have no such switch here. */
  readonly extra?: Extra;
}

/** What our own drain is slowed down by; `all` is the three at once. */
export type Extra = 'validation' | 'listener' | 'middleware' | 'all';

export interface WorkOptions {
  readonly concurrency: number;
  /** Runs a job; what it answers is the job's result. */
  readonly handle: (payload: BenchPayload) => unknown;
  /** Workers of that concurrency, in engines whose pools have a size; 1 unless told. */
  readonly workers?: number;
  /** Called when the store has taken a job's outcome, as far as the engine tells. */
  readonly settled?: () => void;
}

/** One queue of one engine, opened in this process. */
export interface BenchQueue {
  submit(payload: BenchPayload, priority?: number): Promise<void>;
  submitMany(payloads: readonly BenchPayload[]): Promise<void>;
  /** Absent where the engine has no delays. */
  submitDelayed?(payloads: readonly BenchPayload[], milliseconds: number): Promise<void>;
  /** Begins to work, and resolves once it does; again adds to what works already. */
  work(options: WorkOptions): Promise<void>;
  close(): Promise<void>;
}

/** A job engine as the benchmark drives it, by its public API alone and set up as its own documentation advises. */
export interface Engine {
  readonly name: EngineName;
  /** Whether it tells when a job's outcome is stored. */
  readonly tellsOutcomes: boolean;
  version(): string;
  open(target: Target, options: QueueOptions): Promise<BenchQueue>;
  /**
   * Keys that may be left once every job is finished and nothing is kept: the engine's own bookkeeping, of a size that
   * does not grow with the jobs.
   */
  mayRemain(key: string): boolean;
}

export const ENGINE_NAMES = ['nestjs-jobs', 'bullmq', 'bee-queue', 'groupmq'] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];

/** The queue's name, the same for all. */
export const QUEUE = 'bench';

/** A payload of 100 to 150 bytes of JSON. */
export function payload(n: number): BenchPayload {
  return { n, to: 'someone@example.com', template: 'welcome', text: 'Thank you for signing up; here is what is next.' };
}
