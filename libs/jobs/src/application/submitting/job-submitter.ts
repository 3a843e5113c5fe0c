import { Inject, Injectable } from '@nestjs/common';
import { UnconfirmedWriteError } from '../../domain/errors/durability-errors.js';
import { InvalidOptionError, QueueFullError, TooManyScheduledError } from '../../domain/errors/errors.js';
import { toError } from '../../domain/failure.js';
import { JobIdSource } from '../../domain/job-id.js';
import { checkName } from '../../domain/names.js';
import { serialisePayload } from '../../domain/payload.js';
import { reading, unreadable } from '../../domain/options/read-options.js';
import type { HandlerClass } from '../handlers/handler.js';
import { JobEvents } from '../job-events.js';
import { Clock } from '../ports/clock.js';
import type { KeptReceipt, RefusedReceipt, SubmitReceipt } from '../ports/job-store.js';
import { DEFAULT_BLOCK_TIMEOUT, type EngineSettings } from '../settings.js';
import type { PreparedJob } from './prepared-job.js';
import { SubmitBuffer } from './submit-buffer.js';
import { SubmitTracing } from './submit-tracing.js';
import { buildSpec, type SubmitOptions } from './submit-options.js';
import { ENGINE_SETTINGS } from '../tokens.js';
import { type KnownType, TypeDirectory } from './type-directory.js';

/** Waits between tries for room in a full queue, in milliseconds. */
export const FIRST_WAIT = 50;
export const MAX_WAIT = 1_000;

/** Turns a submit into a checked record, takes it to the store, and waits for room where its queue is full. */
@Injectable()
export class JobSubmitter {
  private readonly ids: JobIdSource;
  private readonly newId: () => string;

  constructor(
    private readonly types: TypeDirectory,
    private readonly buffer: SubmitBuffer,
    private readonly events: JobEvents,
    private readonly clock: Clock,
    private readonly tracing: SubmitTracing,
    @Inject(ENGINE_SETTINGS) private readonly settings: EngineSettings,
  ) {
    this.ids = new JobIdSource(() => clock.now());
    this.newId = () => this.ids.next();
  }

  /**
   * Checks everything that can be checked before the store is asked. Answers a promise only where something must be waited
   * for (a check that answers late, a type or a queue that is not known yet): one for each job would cost bulk submits
   * more than all the rest.
   */
  prepare(
    handler: HandlerClass | string,
    payload: unknown,
    options: SubmitOptions | undefined,
  ): PreparedJob | Promise<PreparedJob> {
    try {
      const queue = options?.queue;
      const known = this.types.known(handler, queue);
      if (known === undefined || (queue !== undefined && !this.types.isPublished(queue))) {
        return this.prepareLater(known ?? this.types.lookUp(handler as string, queue), payload, queue, options);
      }
      const checked = known.validate && checkedAtOnce(known.validate, payload);
      return checked instanceof Promise
        ? this.prepareLater(known, payload, queue, options, checked)
        : this.finish(known, queue ?? known.queue, payload, options);
    } catch (error) {
      throw unreadable('options', options, error);
    }
  }

  /**
   * @throws QueueFullError when the queue had no room for as long as its `blockTimeout` · TooManyScheduledError ·
   *   UnconfirmedWriteError when it is stored, but not as safely as was asked
   */
  submit(job: PreparedJob): Promise<KeptReceipt> {
    return this.tracing.active ? this.tracing.one(job, (traced) => this.hand(traced)) : this.hand(job);
  }

  private async hand(job: PreparedJob): Promise<KeptReceipt> {
    const first = await this.buffer.submit(job.queue, job.spec);
    const receipt = first.status === 'rejected' ? await this.waitForRoom(job, first) : first;
    if (isRefused(receipt)) {
      throw this.refusal(job, receipt);
    }
    this.told(job, receipt);
    if (receipt.unconfirmed !== undefined) {
      throw new UnconfirmedWriteError(job.queue, [job.spec.id], receipt.unconfirmed);
    }
    return receipt;
  }

  /** Takes jobs of one queue that are a batch already to the store, once, whether there is room for them or not. */
  submitBatch(queue: string, jobs: readonly PreparedJob[]): Promise<readonly SubmitReceipt[]> {
    return this.buffer.submitMany(
      queue,
      jobs.map(({ spec }) => spec),
    );
  }

  private async prepareLater(
    type: KnownType | Promise<KnownType>,
    payload: unknown,
    named: string | undefined,
    options: SubmitOptions | undefined,
    checked?: Promise<unknown>,
  ): Promise<PreparedJob> {
    const known = await type;
    await (checked ?? known.validate?.(payload));
    const queue = named === undefined ? known.queue : checkName(named, 'queue');
    const job = reading('options', options, () => this.finish(known, queue, payload, options));
    if (named !== undefined) {
      await this.types.publishQueue(job.queue);
    }
    return job;
  }

  /** @param queue the type's own, or a named one that has been checked */
  private finish(known: KnownType, queue: string, payload: unknown, options: SubmitOptions | undefined): PreparedJob {
    const text = serialisePayload(known.type, payload, this.settings.maxPayloadSize);
    const spec = buildSpec(this.newId, known, text, options);
    this.checkPriority(queue, spec.priority);
    return { queue, spec };
  }

  /** @throws InvalidOptionError when the queue does not allow the priority */
  checkPriority(queue: string, priority: number): void {
    const allowed = this.settings.queues.get(queue)?.priorities;
    if (allowed !== undefined && !allowed.includes(priority)) {
      throw new InvalidOptionError(
        'priority',
        priority,
        `a priority that queue '${queue}' allows: ${allowed.join(', ')}`,
      );
    }
  }

  /** What to say of a job that its queue did not take: for want of room, in time. */
  refusal({ queue }: PreparedJob, receipt: RefusedReceipt): QueueFullError | TooManyScheduledError {
    return receipt.status === 'rejected'
      ? new QueueFullError(queue, receipt.maxDepth, this.blockTimeout(queue))
      : new TooManyScheduledError(queue, receipt.maxScheduled);
  }

  /** What the store says once there is room; that there is none, when the time to wait for it is over. */
  private async waitForRoom(job: PreparedJob, rejected: SubmitReceipt): Promise<SubmitReceipt> {
    const timeout = this.blockTimeout(job.queue);
    const begun = this.clock.monotonic();
    let receipt = rejected;
    for (let wait = FIRST_WAIT; receipt.status === 'rejected'; wait = Math.min(wait * 2, MAX_WAIT)) {
      const left = timeout - (this.clock.monotonic() - begun);
      if (left <= 0) {
        return receipt;
      }
      await this.pause(Math.min(wait, left));
      receipt = await this.buffer.submit(job.queue, job.spec);
    }
    return receipt;
  }

  /** Milliseconds for which a submit waits for room in the queue. */
  blockTimeout(queue: string): number {
    return this.settings.queues.get(queue)?.blockTimeout ?? DEFAULT_BLOCK_TIMEOUT;
  }

  /** Spread, so that those who wait for room do not come back together. */
  pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.clock.after(Math.ceil(milliseconds * (0.5 + Math.random() / 2)), resolve));
  }

  /** Tells those who listen that the job is in the store. */
  told<R extends SubmitReceipt>({ queue, spec }: PreparedJob, receipt: R): R {
    if (receipt.status === 'added' && this.events.wanted('submitted', queue)) {
      const state = receipt.state === 'scheduled' || receipt.state === 'blocked' ? receipt.state : 'pending';
      this.events.observe({ kind: 'submitted', queue, id: spec.id, type: spec.type, priority: spec.priority, state });
    }
    return receipt;
  }
}

/** True where nothing of the job was kept. */
export function isRefused(receipt: SubmitReceipt): receipt is RefusedReceipt {
  return receipt.status === 'rejected' || receipt.status === 'too-many-scheduled';
}

/** What the check threw comes as a rejection, to be told from what reading the options throws. */
function checkedAtOnce(validate: (payload: unknown) => unknown, payload: unknown): unknown {
  try {
    return validate(payload);
  } catch (error) {
    return Promise.reject(toError(error));
  }
}
