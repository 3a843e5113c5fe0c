import { Injectable } from '@nestjs/common';
import { UnconfirmedWriteError } from '../../domain/errors/durability-errors.js';
import { InvalidOptionError, JobsError } from '../../domain/errors/errors.js';
import { toError } from '../../domain/failure.js';
import { refuseUnknownKeys } from '../../domain/options/known-keys.js';
import { reading } from '../../domain/options/read-options.js';
import type { HandlerClass } from '../handlers/handler.js';
import { Clock } from '../ports/clock.js';
import type { SubmitReceipt } from '../ports/job-store.js';
import { FIRST_WAIT, JobSubmitter, MAX_WAIT } from './job-submitter.js';
import type { PreparedJob } from './prepared-job.js';
import { type Mark, SubmitTracing } from './submit-tracing.js';
import type { SubmitOptions } from './submit-options.js';

/** One job of a `submitMany`. */
export interface JobSubmission {
  /** A type's name, or the handler's class. */
  readonly type: HandlerClass | string;
  /** What the handler takes. Default: none. */
  readonly payload?: unknown;
  /** As those of `submit`. Default: none. */
  readonly options?: SubmitOptions;
}

/** A submission that was made: refused with an error, or ready, with what the store said to it. */
export type Submitted = Error | MadeSubmission;

export interface MadeSubmission {
  readonly job: PreparedJob;
  receipt: SubmitReceipt;
}

/** Jobs of the first chunk, after which the store has something to work on, and of those that follow, doubling. */
const FIRST_CHUNK = 64;
const LARGEST_CHUNK = 256;

/** Chunks under way at once: while the store works on one, the next is made. */
const CHUNKS_IN_FLIGHT = 4;

const SUBMISSION_KEYS = ['type', 'payload', 'options'] as const;

/** Submits many jobs in chunks that follow one another without waiting, and waits for room where a queue is full. */
@Injectable()
export class BulkSubmitter {
  constructor(
    private readonly submitter: JobSubmitter,
    private readonly clock: Clock,
    private readonly tracing: SubmitTracing,
  ) {}

  /**
   * One answer for each submission, in order. Those that found no room in time are `rejected`; no time is waited for where
   * too many are scheduled.
   *
   * @throws StoreUnavailableError, StoreFullError, UnconfirmedWriteError: no chunk is sent once one is known to have failed
   */
  submit(submissions: readonly JobSubmission[]): Promise<readonly Submitted[]> {
    return this.tracing.active
      ? this.tracing.many(submissions.length, (mark) => this.submitAll(submissions, mark), queuesOf)
      : this.submitAll(submissions);
  }

  private async submitAll(submissions: readonly JobSubmission[], mark?: Mark): Promise<readonly Submitted[]> {
    const all: Submitted[] = [];
    const underWay: Promise<void>[] = [];
    for (let first = 0, size = FIRST_CHUNK; first < submissions.length; size = Math.min(size * 2, LARGEST_CHUNK)) {
      const preparing = submissions.slice(first, first + size).map((submission) => this.prepare(submission));
      first += size;
      const prepared = preparing.some(isPromise)
        ? await Promise.all(preparing.map((each) => Promise.resolve(each)))
        : (preparing as (PreparedJob | Error)[]);
      const made = prepared.map((each) =>
        each instanceof Error ? each : { job: mark?.(each) ?? each, receipt: NOT_ASKED },
      );
      all.push(...made);
      const sent = this.send(made.filter(isMade));
      // Whoever is not waited for below must not be an unhandled rejection meanwhile.
      sent.catch(() => undefined);
      underWay.push(sent);
      if (underWay.length >= CHUNKS_IN_FLIGHT) {
        await underWay.shift();
      }
    }
    await Promise.all(underWay);
    await this.waitForRoom(all.filter(isMade).filter(isRejected));
    for (const each of all) {
      if (isMade(each)) {
        this.submitter.told(each.job, each.receipt);
      }
    }
    return all;
  }

  private prepare(submission: JobSubmission): PreparedJob | Error | Promise<PreparedJob | Error> {
    try {
      const { type, payload, options } = reading('submission', submission, () => fieldsOf(submission));
      const job = this.submitter.prepare(type, payload, options);
      return job instanceof Promise ? job.catch(refused) : job;
    } catch (error) {
      return refused(error);
    }
  }

  /** Asks the store once for each; the queues of a chunk do not wait for one another. */
  private async send(chunk: readonly MadeSubmission[]): Promise<void> {
    await Promise.all(
      [...byQueue(chunk)].map(async ([queue, group]) => {
        const receipts = await this.submitter.submitBatch(
          queue,
          group.map(({ job }) => job),
        );
        for (const [index, made] of group.entries()) {
          made.receipt = receipts[index] as SubmitReceipt; // the contract of stores: one each, in order
        }
        refuseUnconfirmed(queue, group);
      }),
    );
  }

  private async waitForRoom(rejected: readonly MadeSubmission[]): Promise<void> {
    const begun = this.clock.monotonic();
    let left = rejected;
    for (let wait = FIRST_WAIT; ; wait = Math.min(wait * 2, MAX_WAIT)) {
      const waited = this.clock.monotonic() - begun;
      left = left.filter((made) => isRejected(made) && waited < this.submitter.blockTimeout(made.job.queue));
      if (left.length === 0) {
        return;
      }
      await this.submitter.pause(wait);
      await this.send(left);
    }
  }
}

/** Jobs that are not where they were asked to be are no receipts: whoever looks at none of them must not miss it. */
function refuseUnconfirmed(queue: string, group: readonly MadeSubmission[]): void {
  const unconfirmed = group.flatMap(({ job, receipt }) =>
    'unconfirmed' in receipt && receipt.unconfirmed !== undefined
      ? [{ id: job.spec.id, write: receipt.unconfirmed }]
      : [],
  );
  const [first] = unconfirmed;
  if (first !== undefined) {
    throw new UnconfirmedWriteError(
      queue,
      unconfirmed.map(({ id }) => id),
      first.write,
    );
  }
}

const NOT_ASKED: SubmitReceipt = { status: 'rejected', maxDepth: 0 };

function fieldsOf(submission: JobSubmission): JobSubmission {
  if (typeof submission !== 'object' || submission === null) {
    throw new InvalidOptionError('submission', submission, '{ type, payload, options }');
  }
  refuseUnknownKeys(submission, SUBMISSION_KEYS);
  const { type, payload, options } = submission;
  return { type, payload, ...(options === undefined ? {} : { options }) };
}

function isPromise(value: unknown): value is Promise<unknown> {
  return value instanceof Promise;
}

function isMade(submitted: Submitted): submitted is MadeSubmission {
  return !(submitted instanceof Error);
}

function isRejected({ receipt }: MadeSubmission): boolean {
  return receipt.status === 'rejected';
}

/** A submission that is wrong is refused alone; a store that is away is everybody's trouble. */
function refused(thrown: unknown): Error {
  const error = toError(thrown);
  if (error instanceof JobsError && error.code !== 'store-unavailable') {
    return error;
  }
  throw error;
}

function queuesOf(submitted: readonly Submitted[]): ReadonlySet<string> {
  return new Set(submitted.filter(isMade).map(({ job }) => job.queue));
}

function byQueue(chunk: readonly MadeSubmission[]): ReadonlyMap<string, readonly MadeSubmission[]> {
  const groups = new Map<string, MadeSubmission[]>();
  let last: MadeSubmission[] | undefined;
  let lastQueue: string | undefined;
  for (const made of chunk) {
    const { queue } = made.job;
    if (queue !== lastQueue || last === undefined) {
      last = groups.get(queue) ?? [];
      lastQueue = queue;
      groups.set(queue, last);
    }
    last.push(made);
  }
  return groups;
}
