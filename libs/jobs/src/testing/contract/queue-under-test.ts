import type { Claim, HeldJob, SettleReceipt, SubmitReceipt, TickReply } from '../../application/ports/job-store.js';
import type { StorePorts } from '../../application/ports/store-ports.js';
import type { Failure } from '../../domain/failure.js';
import type { JobRecord, JobSpec } from '../../domain/job.js';
import { JOB_STATES, type JobState } from '../../domain/job-state.js';
import type { Outcome } from '../../domain/outcome.js';
import { DEFAULT_QUEUE_SETTINGS, type QueueSettings } from '../../domain/queue-settings.js';

/** A store that the contract is run against. */
export interface StoreUnderTest {
  readonly ports: StorePorts;
  /** Moves the store's time on, by at least this many milliseconds. */
  advance(milliseconds: number): Promise<void>;
  close(): Promise<void>;
}

/** A running job, as its holder knows it. */
export interface HeldLease {
  readonly id: string;
  readonly holder: string;
  readonly token: number;
}

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

/**
 * For how long holders count as alive in the contract. Steps of time are large beside it or small beside it, never
 * near: the store's clock may move by itself too.
 */
export const LEASE = HOUR;

/** Longer than any lease, and far shorter than the retention unless told. */
export const BEYOND_LEASE = LEASE + 10 * MINUTE;

export const FAILURE: Failure = { code: 'E_TEST', name: 'TestError', message: 'went wrong' };

/** Outcomes by the name that tests call them. */
export const OUTCOMES = {
  completed: { kind: 'completed', result: '{"done":true}' },
  retry: { kind: 'retry', delay: 5 * HOUR, failure: FAILURE },
  retryAtOnce: { kind: 'retry', delay: 0, failure: FAILURE },
  failed: { kind: 'failed', failure: FAILURE },
  cancelled: { kind: 'cancelled' },
  snoozed: { kind: 'snoozed', delay: 5 * HOUR },
  released: { kind: 'released', reason: 'not-started' },
  releasedForLater: { kind: 'released', reason: 'no-handler', delay: 5 * HOUR },
} as const satisfies Record<string, Outcome>;

let queues = 0;

/** One queue of a store under test, with the few words that the contract is written in. */
export class QueueUnderTest {
  readonly queue = `contract-${++queues}-${Math.random().toString(36).slice(2, 8)}`;
  private ids = 0;

  constructor(private readonly store: StoreUnderTest) {}

  get ports(): StorePorts {
    return this.store.ports;
  }

  advance(milliseconds: number): Promise<void> {
    return this.store.advance(milliseconds);
  }

  spec(partial: Partial<JobSpec> = {}): JobSpec {
    return {
      id: `job-${++this.ids}`,
      type: 'work',
      payload: '{}',
      priority: 0,
      maxAttempts: 3,
      maxCrashes: 3,
      settings: {},
      ...partial,
    };
  }

  submit(specs: readonly JobSpec[], holder = 'submitter'): Promise<readonly SubmitReceipt[]> {
    return this.ports.jobs.submit({ queue: this.queue, holder, specs });
  }

  /** Submits one job that must be taken; answers its id. */
  async add(partial: Partial<JobSpec> = {}): Promise<string> {
    const spec = this.spec(partial);
    expect(await this.submit([spec])).toEqual([{ status: 'added', state: expect.any(String) }]);
    return spec.id;
  }

  /** Submits jobs one after another; answers their ids. */
  async addAll(...partials: readonly Partial<JobSpec>[]): Promise<readonly string[]> {
    const ids: string[] = [];
    for (const partial of partials) {
      ids.push(await this.add(partial));
    }
    return ids;
  }

  claim({ holder = 'a', limit = 100, suspects = true, lease = LEASE, standBy = 0 } = {}): Promise<Claim> {
    return this.ports.jobs.claim({ queue: this.queue, holder, limit, lease, suspects, standBy });
  }

  /** Claims and answers the ids. */
  async claimIds(options: { holder?: string; limit?: number; suspects?: boolean } = {}): Promise<readonly string[]> {
    return (await this.claim(options)).jobs.map(({ id }) => id);
  }

  /** Claims exactly one job, which must be there. */
  async claimOne(options: { holder?: string; suspects?: boolean } = {}): Promise<HeldLease> {
    const holder = options.holder ?? 'a';
    const { token, jobs } = await this.claim({ ...options, limit: 1 });
    expect(jobs).toHaveLength(1);
    return { id: (jobs[0] as { id: string }).id, holder, token };
  }

  async settle({ id, holder, token }: HeldLease, outcome: Outcome): Promise<SettleReceipt | undefined> {
    const settlements = [{ id, token, worker: 'worker-1', outcome }];
    return (await this.ports.jobs.settle({ queue: this.queue, holder, settlements }))[0];
  }

  /** Claims one job, which must be there, and settles it. */
  async work(outcome: Outcome, holder = 'a'): Promise<string> {
    const lease = await this.claimOne({ holder });
    expect(await this.settle(lease, outcome)).toBe('ok');
    return lease.id;
  }

  tick(holder: string, held: readonly HeldJob[] = [], reclaimsUntil?: number): Promise<TickReply> {
    const until = reclaimsUntil === undefined ? {} : { reclaimsUntil };
    return this.ports.jobs.tick({ queue: this.queue, holder, lease: LEASE, held, ...until });
  }

  /** Ticks as a process that holds nothing until there is no upkeep left. */
  async upkeep(): Promise<void> {
    for (let round = 0; round < 100; round++) {
      if (!(await this.tick('janitor')).more) {
        return;
      }
    }
    throw new Error('There is upkeep left after 100 ticks');
  }

  /** Every holder dies without a word, and the others notice. */
  async holdersDie(): Promise<void> {
    await this.advance(BEYOND_LEASE);
    await this.upkeep();
  }

  async find(id: string): Promise<JobRecord | undefined> {
    return (await this.ports.inspector.get(this.queue, [id]))[0];
  }

  /** The record of a job that must be there. */
  async record(id: string): Promise<JobRecord> {
    const record = await this.find(id);
    if (record === undefined) {
      throw new Error(`Job ${id} is not there`);
    }
    return record;
  }

  async state(id: string): Promise<JobState | undefined> {
    return (await this.find(id))?.state;
  }

  async list(state: JobState): Promise<readonly string[]> {
    return (await this.ports.inspector.list({ queue: this.queue, state, limit: 1_000 })).jobs.map(({ id }) => id);
  }

  configure(settings: Partial<QueueSettings>): Promise<void> {
    return this.ports.queues.configure(this.queue, { ...DEFAULT_QUEUE_SETTINGS, ...settings });
  }

  /** Counts, lists and records must tell one story. */
  async check(): Promise<void> {
    const counts = await this.ports.inspector.counts(this.queue);
    for (const state of JOB_STATES) {
      const { jobs } = await this.ports.inspector.list({ queue: this.queue, state, limit: 1_000 });
      expect([state, counts.byState[state]]).toEqual([state, jobs.length]);
      expect(jobs.every((job) => job.state === state)).toBe(true);
      if (state === 'pending') {
        const levels = new Map<number, number>();
        for (const { priority } of jobs) {
          levels.set(priority, (levels.get(priority) ?? 0) + 1);
        }
        expect(new Map(counts.pendingByPriority)).toEqual(levels);
      }
    }
  }
}

/** What a subject of the contract gets: a new queue for every test. */
export type Subject = (newQueue: () => QueueUnderTest) => void;
