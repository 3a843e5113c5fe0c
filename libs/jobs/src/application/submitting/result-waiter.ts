import { Injectable } from '@nestjs/common';
import {
  JobCancelledError,
  JobFailedError,
  JobNotFoundError,
  ResultTimeoutError,
  UsageError,
} from '../../domain/errors/errors.js';
import type { JobKey, JobRecord } from '../../domain/job.js';
import { Clock } from '../ports/clock.js';
import { JobInspector } from '../ports/job-inspector.js';
import { type FinishedJob, Notifier, type Unsubscribe } from '../ports/notifier.js';

/** Milliseconds between looks at the record: what a lost notice costs at most. */
const POLL = 2_000;

/** Milliseconds that a notice may come after its job has vanished: they travel by different ways. */
const NOTICE_GRACE = 500;

interface Listening {
  readonly ready: Promise<Unsubscribe>;
  readonly waiters: Map<string, Set<(notice: FinishedJob) => void>>;
}

/** Waits for jobs to finish: listens for the notice, and looks at the record for when the notice is lost. */
@Injectable()
export class ResultWaiter {
  private readonly queues = new Map<string, Listening>();
  private readonly wakes = new Set<() => void>();
  private closed = false;

  constructor(
    private readonly inspector: JobInspector,
    private readonly notifier: Notifier,
    private readonly clock: Clock,
  ) {}

  /**
   * The result of a job, once it is completed.
   *
   * @param timeout milliseconds; `undefined` waits as long as it takes
   * @throws JobFailedError, JobCancelledError, ResultTimeoutError, JobNotFoundError when its record is not kept ·
   *   StoreUnavailableError · UsageError when the engine closes meanwhile
   */
  async wait({ queue, id }: JobKey, timeout: number | undefined): Promise<unknown> {
    let notice: FinishedJob | undefined;
    let wake: () => void = () => undefined;
    const stop = await this.listen(queue, id, (finished) => {
      notice = finished;
      wake();
    });
    const endsAt = timeout === undefined ? Infinity : this.clock.monotonic() + timeout;
    let missingUntil: number | undefined;
    try {
      for (;;) {
        const before = notice;
        const [record] = await this.inspector.get(queue, [id]);
        if (record !== undefined && isOver(record)) {
          return resultOf(record);
        }
        // A job that keeps nothing once it is completed has only its notice to tell of it.
        const told = notice;
        if (told !== undefined && told.result !== undefined) {
          return JSON.parse(told.result) as unknown;
        }
        if (told?.state === 'completed' && record === undefined) {
          if (told.resultOmitted === true) {
            throw new JobNotFoundError(
              id,
              queue,
              'its result is longer than a notice carries, and no record of it is kept',
            );
          }
          return undefined;
        }
        const now = this.clock.monotonic();
        missingUntil = record === undefined ? (missingUntil ?? now + NOTICE_GRACE) : undefined;
        if (missingUntil !== undefined && now >= missingUntil) {
          throw new JobNotFoundError(id, queue);
        }
        if (now >= endsAt) {
          throw new ResultTimeoutError(id, timeout ?? 0);
        }
        if (this.closed) {
          throw new UsageError(`The jobs engine was closed while the result of job ${id} was awaited; the job goes on`);
        }
        // A notice that came while the record was read may tell of what was not in it yet.
        if (notice === before) {
          await this.pause(Math.min(endsAt, missingUntil ?? Infinity, now + POLL) - now, (resume) => (wake = resume));
        }
      }
    } finally {
      this.wakes.delete(wake);
      void stop();
    }
  }

  /** Ends every wait: the store closes. */
  close(): void {
    this.closed = true;
    for (const wake of this.wakes) {
      wake();
    }
  }

  private pause(milliseconds: number, wakeable: (wake: () => void) => void): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        callOff();
        this.wakes.delete(wake);
        resolve();
      };
      const callOff = this.clock.after(milliseconds, wake);
      this.wakes.add(wake);
      wakeable(wake);
    });
  }

  private async listen(
    queue: string,
    id: string,
    listener: (notice: FinishedJob) => void,
  ): Promise<() => Promise<void>> {
    let listening = this.queues.get(queue);
    if (listening === undefined) {
      const waiters: Listening['waiters'] = new Map();
      const ready = this.notifier.onFinished(queue, (finished) => {
        for (const each of waiters.get(finished.id) ?? []) {
          each(finished);
        }
      });
      listening = { ready, waiters };
      this.queues.set(queue, listening);
      ready.catch(() => this.queues.delete(queue));
    }
    const { ready, waiters } = listening;
    const own = waiters.get(id) ?? new Set();
    waiters.set(id, own.add(listener));
    const unsubscribe = await ready;
    return async () => {
      own.delete(listener);
      if (own.size === 0 && waiters.get(id) === own) {
        waiters.delete(id);
      }
      if (waiters.size === 0 && this.queues.get(queue)?.ready === ready) {
        this.queues.delete(queue);
        // The result is there: that the store hears of it late, or never, is no matter.
        await unsubscribe().catch(() => undefined);
      }
    };
  }
}

function isOver({ state }: JobRecord): boolean {
  return state === 'completed' || state === 'failed' || state === 'cancelled';
}

function resultOf(record: JobRecord): unknown {
  switch (record.state) {
    case 'failed':
      throw new JobFailedError(record.id, record.error?.code ?? 'error', record.error?.message ?? 'no error was kept');
    case 'cancelled':
      throw new JobCancelledError(record.id);
    default:
      return record.result;
  }
}
