/** What a submit does when its queue is full: wait for room, drop the new job, or drop the oldest of the lowest priority. */
export const ON_FULL = ['block', 'drop-newest', 'drop-oldest'] as const;
/** What a submit does when its queue is full. */
export type OnFull = (typeof ON_FULL)[number];

/** What the store itself enforces for a queue, the same for every process. */
export interface QueueSettings {
  /** Jobs that may run at once, over all processes; absent is no limit. */
  readonly concurrency?: number;
  /** Jobs that may wait (scheduled, blocked, pending, retrying) before submits meet `onFull`; absent is no limit. */
  readonly maxDepth?: number;
  /** Jobs that may lie scheduled before submits of delayed jobs are refused; absent is no limit. */
  readonly maxScheduled?: number;
  readonly onFull: OnFull;
  /** Milliseconds that completed and cancelled jobs are kept. */
  readonly retainAge: number;
  /** Completed (and, apart, cancelled) jobs kept at most. */
  readonly retainCount: number;
}

export const DEFAULT_QUEUE_SETTINGS: QueueSettings = {
  onFull: 'block',
  retainAge: 86_400_000,
  retainCount: 10_000,
};
