import type { JobInspector } from '../../libs/jobs/src/application/ports/job-inspector.js';
import type { ScheduleStore } from '../../libs/jobs/src/application/ports/schedule-store.js';
import type { StorePorts } from '../../libs/jobs/src/application/ports/store-ports.js';

/** Of a store's ports those by which jobs come, move, and are seen. */
export interface ToldPorts extends Pick<StorePorts, 'jobs' | 'control' | 'queues'> {
  readonly inspector: Pick<JobInspector, 'list' | 'counts'>;
  readonly schedules: Omit<ScheduleStore, 'places'>;
}

/** A store that histories are told to. */
export interface ToldStore {
  readonly name: string;
  readonly ports: ToldPorts;
  /** Moves the store's time on, by at least this many milliseconds. */
  advance(milliseconds: number): Promise<void>;
  /** Loses the replies of so many calls to come, each after it has acted; answers what ends that. */
  loseReplies?(calls: number): () => void;
}
