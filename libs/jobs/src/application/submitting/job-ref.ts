import { type Duration, parseDuration } from '../../domain/duration.js';
import { readOptions } from '../../domain/options/read-options.js';
import type { JobKey, JobRecord } from '../../domain/job.js';
import type { JobState } from '../../domain/job-state.js';

/** What became of a submit: added, found to be there already, or recorded as dropped by a full queue. */
export type SubmitStatus = 'added' | 'duplicate' | 'dropped';

/** What a job reference needs of the engine. */
export interface JobLookup {
  get(key: JobKey): Promise<JobRecord | undefined>;
  wait(key: JobKey, timeout: number | undefined): Promise<unknown>;
}

/** A submitted job: its identity, what became of the submit, and the way to its result. */
export class JobRef<R = unknown> implements JobKey {
  constructor(
    readonly id: string,
    readonly queue: string,
    readonly type: string,
    readonly receipt: SubmitStatus,
    /** The state it was in when the submit was answered. */
    readonly state: JobState,
    private readonly lookup: JobLookup,
  ) {}

  /** Its record as it is now; `undefined` once its retention has passed. */
  get(): Promise<JobRecord | undefined> {
    return this.lookup.get(this);
  }

  /**
   * Its result, once it is completed, in this process or another.
   *
   * @param options.timeout how long to wait; as long as it takes unless told
   * @throws JobFailedError when it was given up · JobCancelledError · ResultTimeoutError, after which the job goes on ·
   *   JobNotFoundError when its record is not kept · StoreUnavailableError
   */
  async result(options: { readonly timeout?: Duration } = {}): Promise<R> {
    return (await this.lookup.wait(this, readTimeout(options))) as R;
  }
}

/** How long to wait for a result, in milliseconds; `undefined` is as long as it takes. @throws InvalidOptionError */
export function readTimeout(options: { readonly timeout?: Duration }): number | undefined {
  const { timeout } = readOptions<{ readonly timeout?: Duration }>(options, 'options', ['timeout']);
  return timeout === undefined ? undefined : parseDuration(timeout, 'timeout');
}
