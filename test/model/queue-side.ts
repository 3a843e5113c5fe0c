import type { HeldJob } from '../../libs/jobs/src/application/ports/job-store.js';
import type { StorePorts } from '../../libs/jobs/src/application/ports/store-ports.js';
import type { Outcome } from '../../libs/jobs/src/domain/outcome.js';
import type { StoreUnderTest } from '../../libs/jobs/src/testing/job-store-contract.js';
import { type Command, HOLDERS, IDS, LEASE, type SettleKind, UNIT } from './commands.js';

/** Delays end here between two steps of time, each step of a history a little later than the one before. */
const BETWEEN = UNIT / 3;
const A_STEP = 200;
const A_JOB = 10;

const FAILURE = { code: 'E_MODEL', name: 'ModelError', message: 'went wrong' };

interface KnownLease {
  readonly id: string;
  readonly holder: string;
  readonly token: number;
}

/**
 * One of the stores that a history is told to. It remembers its own leases, since tokens may differ between stores;
 * what it answers is put so that two stores that agree answer the same.
 */
export class QueueSide {
  private readonly leases: KnownLease[] = [];
  private readonly boots = Array.from({ length: HOLDERS }, () => 0);
  private step = 0;

  constructor(
    private readonly store: StoreUnderTest,
    readonly queue: string,
  ) {}

  get ports(): StorePorts {
    return this.store.ports;
  }

  /** Carries out one step and answers what a caller would see of it. */
  async run(command: Command): Promise<unknown> {
    this.step++;
    // No two steps at one time: what happens in one millisecond has no order that all stores would know.
    await this.store.advance(1);
    const { queue } = this;
    const { control, jobs, queues } = this.ports;
    switch (command.kind) {
      case 'submit':
        return this.submit(command);
      case 'claim':
        return this.claim(command);
      case 'settle':
        return this.settle(command);
      case 'report':
        return this.report(command);
      case 'tick':
        return this.tick(command);
      case 'crash':
        this.boots[command.holder] = (this.boots[command.holder] ?? 0) + 1;
        return undefined;
      case 'retire':
        await jobs.retire({ queue, holder: this.holder(command.holder) });
        return undefined;
      case 'cancel':
      case 'retry':
      case 'promote':
      case 'remove':
        return control[command.kind](queue, ids(command.jobs));
      case 'reschedule':
        return this.reschedule(command);
      case 'reprioritise':
        return control.reprioritise(queue, ids(command.jobs), command.priority);
      case 'pause':
      case 'resume':
      case 'clear':
        return queues[command.kind](queue);
      case 'configure':
        return this.configure(command);
      case 'advance':
        return this.store.advance(command.units * UNIT);
    }
  }

  private submit({ jobs }: Extract<Command, { kind: 'submit' }>): Promise<unknown> {
    const specs = jobs.map((job, index) => ({
      id: idOf(job.id),
      type: 'model',
      payload: `{"step":${this.step},"index":${index}}`,
      priority: job.priority,
      ...(job.delay === undefined ? {} : { due: { delay: this.delay(job.delay, index) } }),
      ...(job.expires === undefined ? {} : { expiresIn: job.expires * UNIT + UNIT / 2 }),
      maxAttempts: 3,
      maxCrashes: job.maxCrashes,
      ...(job.retain === undefined ? {} : { retain: job.retain === 0 ? 0 : job.retain * UNIT + UNIT / 2 }),
      settings: {},
    }));
    return this.ports.jobs.submit({ queue: this.queue, holder: 'submitter', specs });
  }

  private async claim({ holder, limit, suspects }: Extract<Command, { kind: 'claim' }>): Promise<unknown> {
    const name = this.holder(holder);
    const claim = await this.ports.jobs.claim({ queue: this.queue, holder: name, limit, lease: LEASE, suspects });
    this.leases.push(...claim.jobs.map(({ id }) => ({ id, holder: name, token: claim.token })));
    return {
      jobs: claim.jobs.map((job) => ({ ...job, createdAt: 'any', pendingSince: 'any' })),
      more: claim.more,
      due: unitsOf(claim.dueIn),
    };
  }

  private async settle(command: Extract<Command, { kind: 'settle' }>): Promise<unknown> {
    const receipts: unknown[] = [];
    for (const [index, pick] of command.leases.entries()) {
      const lease = this.leases[pick % this.leases.length];
      if (lease !== undefined) {
        const outcome = this.outcome(command.as, command.delay, index);
        const settlements = [{ id: lease.id, token: lease.token, worker: 'w', outcome }];
        const { queue } = this;
        receipts.push(lease.id, await this.ports.jobs.settle({ queue, holder: lease.holder, settlements }));
      }
    }
    return receipts;
  }

  private async report({ lease: pick, progress }: Extract<Command, { kind: 'report' }>): Promise<unknown> {
    const lease = this.leases[pick % this.leases.length];
    if (lease === undefined) {
      return undefined;
    }
    const reports = [{ id: lease.id, token: lease.token, attempt: 1, progress, log: [`at ${progress}`] }];
    return this.ports.jobs.report({ queue: this.queue, holder: lease.holder, reports });
  }

  private async tick({ holder, forgets, clears }: Extract<Command, { kind: 'tick' }>): Promise<unknown> {
    const name = this.holder(holder);
    const held: HeldJob[] = this.leases
      .filter((lease) => lease.holder === name)
      .filter((_, index) => forgets === 0 || index % forgets !== 0)
      .map(({ id, token }) => ({ id, token, ...(clears ? { cleared: true } : {}) }));
    const reply = await this.ports.jobs.tick({ queue: this.queue, holder: name, lease: LEASE, held });
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

  private reschedule({ jobs, delay }: Extract<Command, { kind: 'reschedule' }>): Promise<unknown> {
    return Promise.resolve(jobs).then(async (picked) => {
      const receipts: unknown[] = [];
      for (const [index, job] of picked.entries()) {
        const due = { delay: this.delay(delay, index) };
        receipts.push(await this.ports.control.reschedule(this.queue, [idOf(job)], due));
      }
      return receipts;
    });
  }

  private async configure(command: Extract<Command, { kind: 'configure' }>): Promise<unknown> {
    const { queue } = this;
    await this.ports.queues.configure(queue, {
      ...(command.concurrency === undefined ? {} : { concurrency: command.concurrency }),
      ...(command.maxDepth === undefined ? {} : { maxDepth: command.maxDepth }),
      ...(command.maxScheduled === undefined ? {} : { maxScheduled: command.maxScheduled }),
      onFull: command.onFull,
      retainAge: command.retainAge === 0 ? 0 : command.retainAge * UNIT + UNIT / 2,
      retainCount: command.retainCount,
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

  /** A crashed holder comes back under another name. */
  private holder(number: number): string {
    return `holder-${number}-${this.boots[number] ?? 0}`;
  }
}

export const ALL_IDS: readonly string[] = Array.from({ length: IDS }, (_, number) => idOf(number));

function idOf(number: number): string {
  return `job-${number}`;
}

function ids(numbers: readonly number[]): readonly string[] {
  return numbers.map(idOf);
}

/** A time to come in whole units: stores' clocks may differ by the time that a run takes. */
function unitsOf(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : Math.floor(milliseconds / UNIT);
}
