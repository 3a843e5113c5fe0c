import { Injectable } from '@nestjs/common';
import { JobCancelledError, JobFailedError, JobNotFoundError, ResultTimeoutError } from '../domain/errors.js';
import type { JobKey, JobRecord } from '../domain/job.js';
import { Clock } from './ports/clock.js';
import { JobInspector } from './ports/job-inspector.js';
import { type FinishedJob, Notifier, type Unsubscribe } from './ports/notifier.js';

/** Milliseconds between looks at the record: what a lost notice costs at most. */
const POLL = 2_000;

interface Listening {
  readonly ready: Promise<Unsubscribe>;
  readonly waiters: Map<string, Set<(notice: FinishedJob) => void>>;
}

/** Waits for jobs to finish: listens for the notice, and looks at the record for when the notice is lost. */
@Injectable()
export class ResultWaiter {
  private readonly queues = new Map<string, Listening>();

  constructor(
    private readonly inspector: JobInspector,
    private readonly notifier: Notifier,
    private readonly clock: Clock,
  ) {}

  /**
   * The result of a job, once it is completed.
   *
   * @param timeout milliseconds; `undefined` waits as long as it takes
   * @throws JobFailedError, JobCancelledError, ResultTimeoutError, JobNotFoundError when its record is not kept
   */
  async wait({ queue, id }: JobKey, timeout: number | undefined): Promise<unknown> {
    let notice: FinishedJob | undefined;
    let wake: () => void = () => undefined;
    const stop = await this.listen(queue, id, (finished) => {
      notice = finished;
      wake();
    });
    const endsAt = timeout === undefined ? Infinity : this.clock.monotonic() + timeout;
    try {
      for (;;) {
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
          return undefined;
        }
        if (record === undefined) {
          throw new JobNotFoundError(id, queue);
        }
        const left = endsAt - this.clock.monotonic();
        if (left <= 0) {
          throw new ResultTimeoutError(id, timeout ?? 0);
        }
        await new Promise<void>((resolve) => {
          const callOff = this.clock.after(Math.min(left, POLL), resolve);
          wake = () => {
            callOff();
            resolve();
          };
          if (notice !== told) {
            wake();
          }
        });
      }
    } finally {
      await stop();
    }
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
        await unsubscribe();
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
