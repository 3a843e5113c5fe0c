import { JobsError, show } from './errors.js';

/** How far a write had come, of what was asked, when the time to wait for it was up. */
export interface UnconfirmedWrite {
  /** Replicas that had it: in memory, or in their append-only files where those were asked for. */
  readonly replicas: number;
  /** Replicas that were asked for. */
  readonly wanted: number;
  /** Whether the primary's append-only file had it; absent where that was not asked for. */
  readonly appendOnly?: boolean;
  /** Milliseconds that were to be waited. */
  readonly timeout: number;
  /** What the server said, where it would not wait at all. */
  readonly reason?: string;
}

/** Jobs were stored, but not on as many replicas or disks as `redis.durability` asks for: a failover may lose them. */
export class UnconfirmedWriteError extends JobsError {
  readonly code = 'unconfirmed-write';

  constructor(
    readonly queue: string,
    /** The jobs that are stored: each may be submitted again with its id. */
    readonly jobIds: readonly string[],
    /** What was asked for, and what was there. */
    readonly write: UnconfirmedWrite,
  ) {
    const jobs = jobIds.length === 1 ? `Job ${show(jobIds[0])} is` : `${jobIds.length} jobs are`;
    super(
      `${jobs} stored in queue '${queue}' and will be run, but within ${write.timeout} ms ${foundOf(write)}: a crash or a failover may still lose what was stored. Submit again with the same id, which adds no second job, until it is confirmed; or look after the replicas`,
    );
  }
}

function foundOf({ replicas, wanted, appendOnly, reason }: UnconfirmedWrite): string {
  if (reason !== undefined) {
    return `nobody could say where (${reason})`;
  }
  const onReplicas = `${replicas} of ${wanted} ${wanted === 1 ? 'replica' : 'replicas'}`;
  if (appendOnly === undefined) {
    return `${onReplicas} had it`;
  }
  return `it was ${appendOnly ? '' : 'not '}in the primary's append-only file${wanted === 0 ? '' : ` and in those of ${onReplicas}`}`;
}
