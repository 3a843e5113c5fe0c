import { Injectable } from '@nestjs/common';
import { bulkhead, BulkheadRejectedError, type BulkheadPolicy } from 'cockatiel';
import type { JobContext } from '../application/attempts/job-context.js';
import type { MiddlewareObject } from '../application/handlers/handler.js';
import { type LimitedType, TypeLimits } from '../application/working/type-limits.js';
import { readOptions } from '../domain/options/read-options.js';
import { checkName } from '../domain/names.js';
import { MAX_COUNT, parseWholeNumber } from '../domain/options/whole-number.js';
import { abortOf } from './abort-of.js';
import { type Coverage, type CoverageOptions, coverageOf } from './coverage.js';

/** What a `Bulkhead` is told. */
export interface BulkheadOptions extends CoverageOptions {
  /** Attempts of the group at once in this process. */
  readonly concurrency: number;
  /** How many more wait here for a place, each of them on a worker. Default: 0. */
  readonly waiting?: number;
}

/** What is to be known of a bulkhead, as plain data. */
export interface BulkheadView {
  readonly name: string;
  readonly running: number;
  readonly concurrency: number;
  readonly waiting: number;
  readonly maxWaiting: number;
  /** How often a job was put off since the process began. */
  readonly putOff: number;
}

/**
 * Middleware that lets only so many attempts of a group of types run at once in this process, because they share what cannot
 * bear more. What finds no place is put off, which uses no attempt.
 *
 * ```ts
 * const warehouse = new Bulkhead('warehouse', { concurrency: 4 });
 * // @JobHandler('stock.count', { middleware: [warehouse] }) and @JobHandler('stock.move', { middleware: [warehouse] })
 * ```
 */
@Injectable()
export class Bulkhead implements MiddlewareObject {
  private readonly policy: BulkheadPolicy;
  private readonly covers: Coverage;
  private readonly group: Required<LimitedType>;
  private readonly maxWaiting: number;
  /** Says when those that are put off come again: one after another, about as fast as places come free. */
  private readonly line = new TypeLimits({ monotonic: () => performance.now() });
  private putOff_ = 0;

  /**
   * @param name what they share, for people
   * @throws InvalidOptionError naming the option
   */
  constructor(name: string, told: BulkheadOptions) {
    const options = readOptions<BulkheadOptions>(told, 'options', ['concurrency', 'waiting', 'types', 'queues']);
    const concurrency = parseWholeNumber(options.concurrency, 'concurrency', 1, MAX_COUNT);
    this.maxWaiting = parseWholeNumber(options.waiting ?? 0, 'waiting', 0, MAX_COUNT);
    this.group = { type: checkName(name, 'name'), concurrency };
    this.covers = coverageOf(options);
    this.policy = bulkhead(concurrency, this.maxWaiting);
  }

  use(job: JobContext, next: () => Promise<unknown>): Promise<unknown> {
    return this.covers(job) ? this.enter(job, next) : next();
  }

  /** How full it is. */
  get view(): BulkheadView {
    const { type: name, concurrency } = this.group;
    return {
      name,
      running: concurrency - this.policy.executionSlots,
      concurrency,
      waiting: this.maxWaiting - this.policy.queueSlots,
      maxWaiting: this.maxWaiting,
      putOff: this.putOff_,
    };
  }

  private async enter(job: JobContext, next: () => Promise<unknown>): Promise<unknown> {
    const at: { place: 'waiting' | 'inside' | 'left' } = { place: 'waiting' };
    // Not with the job's signal: the policy would skip one that has aborted without letting the next one in.
    const passed = this.policy.execute(() => {
      if (at.place === 'left') {
        return undefined;
      }
      at.place = 'inside';
      return this.measured(next);
    });
    if (isInside(at)) {
      return passed;
    }
    try {
      return await Promise.race([passed, this.leaving(job, at)]);
    } catch (error) {
      if (!isInside(at) && error instanceof BulkheadRejectedError) {
        this.putOff_++;
        return job.snooze(this.line.deferral(this.group));
      }
      throw error;
    }
  }

  /** A job that is told to stop while it waits does not wait for a place any more; one that is inside ends by itself. */
  private leaving(job: JobContext, at: { place: string }): Promise<never> {
    return new Promise((_resolve, reject) => {
      abortOf(job.signal).catch((reason: unknown) => {
        if (at.place === 'waiting') {
          at.place = 'left';
          reject(reason);
        }
      });
    });
  }

  private async measured(next: () => Promise<unknown>): Promise<unknown> {
    const begun = performance.now();
    this.line.begun(this.group);
    try {
      return await next();
    } finally {
      this.line.ended(this.group, performance.now() - begun);
    }
  }
}

/** Asked of what a callback has changed meanwhile. */
function isInside({ place }: { readonly place: string }): boolean {
  return place === 'inside';
}
