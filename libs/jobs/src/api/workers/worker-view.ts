import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { WorkerOfProcess } from '../../application/processes/worker-fleet.js';
import type { WorkerState } from '../../domain/processes/worker-view.js';
import { iso, JobKeyView } from '../jobs/job-view.js';

const WORKER_STATES: readonly WorkerState[] = ['starting', 'running', 'paused', 'stopping', 'stopped'];

/** A job that a worker runs. */
export class CurrentJobView extends JobKeyView {
  @ApiProperty()
  readonly type!: string;

  @ApiProperty({ type: 'integer' })
  readonly attempt!: number;
}

/** A worker of any process. */
export class WorkerOfProcessView {
  @ApiProperty({ description: 'Unique over all processes' })
  readonly id!: string;

  @ApiProperty({ example: 'worker-1' })
  readonly name!: string;

  @ApiProperty({ example: 'worker' })
  readonly group!: string;

  @ApiProperty({ enum: WORKER_STATES })
  readonly state!: WorkerState;

  @ApiProperty({ type: 'integer', description: 'Jobs it runs at once at most' })
  readonly concurrency!: number;

  @ApiProperty({ type: 'integer', description: 'Jobs it runs' })
  readonly busy!: number;

  @ApiProperty({ type: [CurrentJobView], description: 'The first 20 of them' })
  readonly currentJobs!: readonly CurrentJobView[];

  @ApiProperty({ type: [String], description: 'Queues that the workers of its process work' })
  readonly queues!: readonly string[];

  @ApiProperty({ type: 'integer', description: 'Attempts ended' })
  readonly processed!: number;

  @ApiProperty({ type: 'integer' })
  readonly succeeded!: number;

  @ApiProperty({ type: 'integer' })
  readonly failed!: number;

  @ApiProperty({ type: 'integer', description: 'Slots held by handlers that outlived their timeout, cancel or lease' })
  readonly overdue!: number;

  @ApiProperty({ description: 'One boot of its process' })
  readonly process!: string;

  @ApiProperty()
  readonly host!: string;

  @ApiProperty({ type: 'integer' })
  readonly pid!: number;

  @ApiProperty({ type: 'integer', description: 'Milliseconds since its process was last heard of' })
  readonly silentFor!: number;

  @ApiProperty({ description: 'Its process has missed four heartbeats' })
  readonly silent!: boolean;

  @ApiPropertyOptional({ format: 'date-time', description: 'When its process last reached the store' })
  readonly lastHeartbeat?: string;
}

/** The workers of all processes. */
export class WorkerListView {
  @ApiProperty({ type: [WorkerOfProcessView] })
  readonly workers!: readonly WorkerOfProcessView[];
}

/** What a worker was asked. */
export class WorkerOrderView {
  @ApiProperty()
  readonly id!: string;

  @ApiProperty({
    enum: ['pause', 'resume', 'stop'],
    description: 'Its process obeys at once, or with its next heartbeat',
  })
  readonly asked!: 'pause' | 'resume' | 'stop';
}

export function workerView(worker: WorkerOfProcess): WorkerOfProcessView {
  const { id, name, group, state, concurrency, busy, currentJobs, queues, lastHeartbeat } = worker;
  const { processed, succeeded, failed, overdue, holder, host, pid, silentFor, silent } = worker;
  return {
    id,
    name,
    group,
    state,
    concurrency,
    busy,
    currentJobs,
    queues,
    processed,
    succeeded,
    failed,
    overdue,
    process: holder,
    host,
    pid,
    silentFor,
    silent,
    ...(lastHeartbeat === undefined ? {} : { lastHeartbeat: iso(lastHeartbeat) }),
  };
}
