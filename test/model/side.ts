import type { HeldJob } from '../../libs/jobs/src/application/ports/job-store.js';
import type { JobSpec } from '../../libs/jobs/src/domain/job.js';
import type { Outcome } from '../../libs/jobs/src/domain/outcome.js';
import { type Act, type Command, HOLDERS, IDS, LEASE, type NewJob, QUEUES, type SettleKind, UNIT } from './command.js';
import { ScheduleSide } from './schedule-side.js';
import type { ToldPorts, ToldStore } from './told-store.js';

/** Delays end here between two steps of time, each step of a history a little later than the one before. */
const BETWEEN = UNIT / 3;
const A_STEP = 200;
const A_JOB = 10;

const FAILURE = { code: 'E_MODEL', name: 'ModelError', message: 'went wrong' };

type Of<K extends Act['kind']> = Extract<Act, { readonly kind: K }>;

interface KnownLease {
  readonly id: string;
  readonly holder: string;
  readonly token: number;
}

/**
 * One of the stores that a history is told to. It remembers its own leases, since tokens may differ between stores;
 * what it answers is put so that stores that agree answer the same.
 */
export class Side {
  readonly queues: readonly string[];
  readonly schedules: ScheduleSide;
  private readonly leases: readonly KnownLease[][] = Array.from({ length: QUEUES }, () => []);
  private readonly boots = Array.from({ length: HOLDERS }, () => 0);
  private step = 0;
  private origin = 0;

  /** @param history a name that no other history in the store has */
  constructor(
    readonly store: ToldStore,
    history: string,
  ) {
    this.queues = Array.from({ length: QUEUES }, (_, number) => `${history}-${number}`);
    this.schedules = new ScheduleSide(store.ports.schedules, history);
  }

  get name(): string {
    return this.store.name;
  }

  get ports(): ToldPorts {
    return this.store.ports;
  }

  /** To be called before the first step. */
  async begin(): Promise<void> {
    this.origin = (await this.ports.schedules.read(this.queues[0] as string, [])).now;
  }

  /** A time of the store in whole units since the history began: stores' clocks differ by the time that calls take. */
  at(time: number | undefined): number | undefined {
    return time === undefined ? undefined : unitsOf(time - this.origin);
  }

  /** Carries out one step and answers what a caller would see of it. */
  async run(command: Command): Promise<unknown> {
    this.step++;
    // No two steps at one time: what happens in one millisecond has no order that all stores would know.
    await this.store.advance(1);
    const endLosses = this.store.loseReplies?.(command.loses ?? 0);
    try {
      return await this.act(command, this.queues[command.queue] as string);
    } finally {
      endLosses?.();
    }
  }

  private async act(command: Command, queue: string): Promise<unknown> {
    const { control, jobs, queues } = this.ports;
    switch (command.kind) {
      case 'submit':
        return jobs.submit({
          queue,
          holder: 'submitter',
          specs: command.jobs.map((job, index) => this.spec(job, index)),
        });
      case 'claim':
        return this.claim(command, queue);
      case 'settle':
        return this.settle(command, queue);
      case 'report':
        return this.report(command, queue);
      case 'tick':
        return this.tick(command, queue);
      case 'crash':
        this.boots[command.holder] = (this.boots[command.holder] ?? 0) + 1;
        return undefined;
      case 'retire':
        return jobs.retire({ queue, holder: this.holder(command.holder) });
      case 'cancel':
      case 'retry':
      case 'promote':
      case 'remove':
        return control[command.kind](queue, command.jobs.map(idOf));
      case 'reschedule':
        return this.reschedule(command, queue);
      case 'reprioritise':
        return control.reprioritise(queue, command.jobs.map(idOf), command.priority);
      case 'pause':
      case 'resume':
      case 'clear':
        return queues[command.kind](queue);
      case 'purge': {
        const { jobs: dead } = await this.ports.inspector.list({ queue, state: 'failed', limit: IDS });
        return control.remove(
          queue,
          dead.map(({ id }) => id),
        );
      }
      case 'configure':
        return this.configure(command, queue);
      case 'put-schedule':
        return this.schedules.put(command, queue, this.step, this.delay(command.next ?? 0, 0));
      case 'remove-schedule':
        return this.schedules.remove(command);
      case 'fire': {
        const job =
          command.job === undefined ? undefined : this.spec({ id: command.job, priority: 0, maxCrashes: 3 }, 0);
        return this.schedules.fire(command, this.queues, this.step, this.delay(command.next ?? 0, 0), job);
      }
      case 'advance':
        return this.store.advance(command.units * UNIT);
    }
  }

  private spec(job: NewJob, index: number): JobSpec {
    return {
      id: idOf(job.id),
      type: 'model',
      payload: `{"step":${this.step},"index":${index}}`,
      priority: job.priority,
      ...(job.delay === undefined ? {} : { due: { delay: this.delay(job.delay, index) } }),
      ...(job.expires === undefined ? {} : { expiresIn: half(job.expires) }),
      maxAttempts: 3,
      maxCrashes: job.maxCrashes,
      ...(job.retain === undefined ? {} : { retain: half(job.retain) }),
      settings: {},
    };
  }

  private async claim({ holder, limit, suspects, loses = 0 }: Of<'claim'> & Command, queue: string): Promise<unknown> {
    const name = this.holder(holder);
    const claim = await this.ports.jobs.claim({ queue, holder: name, limit, lease: LEASE, suspects });
    this.leasesIn(queue).push(...claim.jobs.map(({ id }) => ({ id, holder: name, token: claim.token })));
    return {
      jobs: claim.jobs.map(({ createdAt, pendingSince, ...job }) => ({
        ...job,
        created: this.at(createdAt),
        // A claim that was answered again tells when it was claimed.
        pending: loses > 0 ? 'any' : this.at(pendingSince),
      })),
      more: claim.more,
      // Nor does it know any more whether it had been allowed one.
      moreSuspects: loses > 0 ? 'any' : claim.moreSuspects,
      due: unitsOf(claim.dueIn),
    };
  }

  private async settle({ as, delay, leases }: Of<'settle'>, queue: string): Promise<unknown> {
    const known = this.leasesIn(queue);
    const receipts: unknown[] = [];
    for (const [index, pick] of leases.entries()) {
      const [lease] = known.splice(-1 - (pick % known.length), 1);
      if (lease !== undefined) {
        // Picks are mostly of the latest: what was settled is seldom settled again.
        known.unshift(lease);
        const { id, token, holder } = lease;
        const settlements = [{ id, token, worker: 'w', outcome: this.outcome(as, delay, index) }];
        receipts.push(id, await this.ports.jobs.settle({ queue, holder, settlements }));
      }
    }
    return receipts;
  }

  private async report({ lease: pick, progress }: Of<'report'>, queue: string): Promise<unknown> {
    const known = this.leasesIn(queue);
    const lease = known.at(-1 - (pick % known.length));
    if (lease === undefined) {
      return undefined;
    }
    const { id, token, holder } = lease;
    const reports = [{ id, token, attempt: 1, progress, log: [`at ${progress}`] }];
    return this.ports.jobs.report({ queue, holder, reports });
  }

  private async tick({ holder, forgets, clears }: Of<'tick'>, queue: string): Promise<unknown> {
    const name = this.holder(holder);
    const held: HeldJob[] = this.leasesIn(queue)
      .filter((lease) => lease.holder === name)
      .filter((_, index) => forgets === 0 || index % forgets !== 0)
      .map(({ id, token }) => ({ id, token, ...(clears ? { cleared: true } : {}) }));
    const reply = await this.ports.jobs.tick({ queue, holder: name, lease: LEASE, held });
    const place = (lost: { readonly id: string; readonly token: number }): number =>
      held.findIndex(({ id, token }) => id === lost.id && token === lost.token);
    return {
      lost: reply.lost.map(place).toSorted((a, b) => a - b),
      cancelled: [...new Set(reply.cancelled)].toSorted(),
      more: reply.more,
      ready: reply.ready,
      due: unitsOf(reply.dueIn),
      lapses: unitsOf(reply.lapsesIn),
    };
  }

  private async reschedule({ jobs, delay }: Of<'reschedule'>, queue: string): Promise<unknown> {
    const receipts: unknown[] = [];
    for (const [index, job] of jobs.entries()) {
      const due = { delay: this.delay(delay, index) };
      receipts.push(...(await this.ports.control.reschedule(queue, [idOf(job)], due)));
    }
    return receipts;
  }

  private async configure(command: Of<'configure'>, queue: string): Promise<unknown> {
    const { concurrency, maxDepth, maxScheduled, onFull, retainAge, retainCount } = command;
    await this.ports.queues.configure(queue, {
      ...(concurrency === undefined ? {} : { concurrency }),
      ...(maxDepth === undefined ? {} : { maxDepth }),
      ...(maxScheduled === undefined ? {} : { maxScheduled }),
      onFull,
      retainAge: half(retainAge),
      retainCount,
    });
    return this.ports.queues.settings(queue);
  }

  private outcome(as: SettleKind, units: number, index: number): Outcome {
    const delay = units === 0 ? 0 : this.delay(units, index);
    switch (as) {
      case 'completed':
        return { kind: 'completed', result: `{"step":${this.step}}` };
      case 'retry':
        return { kind: 'retry', delay, failure: FAILURE };
      case 'failed':
        return { kind: 'failed', failure: FAILURE };
      case 'cancelled':
        return { kind: 'cancelled' };
      case 'snoozed':
        return { kind: 'snoozed', delay };
      case 'released':
        return { kind: 'released', reason: 'not-started' };
      case 'released-for-later':
        return { kind: 'released', reason: 'no-handler', delay };
    }
  }

  private delay(units: number, index: number): number {
    return units * UNIT + BETWEEN + this.step * A_STEP + index * A_JOB;
  }

  private leasesIn(queue: string): KnownLease[] {
    return this.leases[this.queues.indexOf(queue)] ?? [];
  }

  /** A crashed holder comes back under another name. */
  private holder(number: number): string {
    return `holder-${number}-${this.boots[number] ?? 0}`;
  }
}

function idOf(number: number): string {
  return `job-${number}`;
}

/** Between two steps of time; 0 stays 0. */
function half(units: number): number {
  return units === 0 ? 0 : units * UNIT + UNIT / 2;
}

export function unitsOf(milliseconds: number): number;
export function unitsOf(milliseconds: number | undefined): number | undefined;
export function unitsOf(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : Math.floor(milliseconds / UNIT);
}
