import { Body, Get, Param, Patch, Post } from '@nestjs/common';
import { ApiBody, ApiParam } from '@nestjs/swagger';
import { JobService } from '../../application/job-service.js';
import { JobDirectory } from '../../application/ports/job-directory.js';
import { JobInspector } from '../../application/ports/job-inspector.js';
import { QueueControl } from '../../application/ports/queue-control.js';
import { parseDuration } from '../../domain/duration.js';
import { QueueNotFoundError } from '../../domain/errors/operation-errors.js';
import type { QueueSettings } from '../../domain/queue-settings.js';
import { type ApiCaller, Caller } from '../access/api-request.js';
import { Changes } from '../audit/changes.js';
import { Endpoint, Endpoints } from '../endpoint.js';
import { type Checked, input } from '../input/input.pipe.js';
import { LimitsInput, QueuePath } from './queue-input.js';
import {
  ClearedView,
  LimitsView,
  limitsView,
  PausedView,
  QueueDetailView,
  QueueListView,
  queueView,
} from './queue-view.js';

/** Queues: their counts, pausing, clearing, limits. */
@Endpoints('queues', 'Queues')
export class QueuesController {
  constructor(
    private readonly jobs: JobService,
    private readonly directory: JobDirectory,
    private readonly inspector: JobInspector,
    private readonly control: QueueControl,
    private readonly changes: Changes,
  ) {}

  @Get()
  @Endpoint({ id: 'listQueues', needs: 'read', summary: 'All known queues, by name', answers: QueueListView })
  async list(): Promise<QueueListView> {
    const names = await this.directory.queues();
    const queues = names.map(async (name) => queueView(name, await this.inspector.counts(name)));
    return { queues: await Promise.all(queues) };
  }

  @Get(':queue')
  @ApiParam({ name: 'queue' })
  @Endpoint({
    id: 'getQueue',
    needs: 'read',
    summary: 'One queue, with what is enforced for it',
    answers: QueueDetailView,
    fails: [400, 404],
  })
  async get(@Param(input(QueuePath)) { queue }: Checked<QueuePath>): Promise<QueueDetailView> {
    await this.refuseUnknown(queue);
    const [counts, settings] = await Promise.all([this.inspector.counts(queue), this.control.settings(queue)]);
    return { ...queueView(queue, counts), limits: limitsView(settings) };
  }

  @Post(':queue/pause')
  @ApiParam({ name: 'queue' })
  @Endpoint({
    id: 'pauseQueue',
    needs: 'operate',
    summary: 'Gives no jobs to anyone until resumed; what runs goes on, and submits are taken',
    answers: PausedView,
    fails: [400, 404],
  })
  async pause(
    @Param(input(QueuePath)) { queue }: Checked<QueuePath>,
    @Caller() caller: ApiCaller,
  ): Promise<PausedView> {
    await this.change(queue, caller, 'pause', () => this.jobs.queue(queue).pause());
    return { name: queue, paused: true };
  }

  @Post(':queue/resume')
  @ApiParam({ name: 'queue' })
  @Endpoint({
    id: 'resumeQueue',
    needs: 'operate',
    summary: 'Gives its jobs out again',
    answers: PausedView,
    fails: [400, 404],
  })
  async resume(
    @Param(input(QueuePath)) { queue }: Checked<QueuePath>,
    @Caller() caller: ApiCaller,
  ): Promise<PausedView> {
    await this.change(queue, caller, 'resume', () => this.jobs.queue(queue).resume());
    return { name: queue, paused: false };
  }

  @Post(':queue/clear')
  @ApiParam({ name: 'queue' })
  @Endpoint({
    id: 'clearQueue',
    needs: 'operate',
    summary: 'Forgets every job that waits; those that run and those that are finished stay',
    answers: ClearedView,
    fails: [400, 404],
  })
  async clear(
    @Param(input(QueuePath)) { queue }: Checked<QueuePath>,
    @Caller() caller: ApiCaller,
  ): Promise<ClearedView> {
    await this.refuseUnknown(queue);
    const cleared = await this.changes.make(
      caller,
      { action: 'queues.clear', target: queue },
      () => this.jobs.queue(queue).clear(),
      (count) => ({ count }),
    );
    return { name: queue, cleared };
  }

  @Patch(':queue/limits')
  @ApiParam({ name: 'queue' })
  @ApiBody({ type: LimitsInput })
  @Endpoint({
    id: 'limitQueue',
    needs: 'operate',
    summary: 'Changes what is enforced for a queue, for every process',
    description: 'A process that declares the queue in its code sets what it declares again when it boots.',
    answers: LimitsView,
    fails: [400, 404],
  })
  async limit(
    @Param(input(QueuePath)) { queue }: Checked<QueuePath>,
    @Body(input(LimitsInput)) limits: Checked<LimitsInput>,
    @Caller() caller: ApiCaller,
  ): Promise<LimitsView> {
    await this.refuseUnknown(queue);
    const settings = withLimits(await this.control.settings(queue), limits);
    await this.changes.make(caller, { action: 'queues.limit', target: queue, detail: JSON.stringify(limits) }, () =>
      this.control.configure(queue, settings),
    );
    return limitsView(settings);
  }

  private async change(queue: string, caller: ApiCaller, what: string, run: () => Promise<void>): Promise<void> {
    await this.refuseUnknown(queue);
    await this.changes.make(caller, { action: `queues.${what}`, target: queue }, run);
  }

  private async refuseUnknown(queue: string): Promise<void> {
    if (!(await this.directory.queues()).includes(queue)) {
      throw new QueueNotFoundError(queue);
    }
  }
}

/** `null` takes a limit away; what is left out stays. */
function withLimits(settings: QueueSettings, limits: LimitsInput): QueueSettings {
  const { concurrency = settings.concurrency, maxDepth = settings.maxDepth } = limits;
  const { maxScheduled = settings.maxScheduled } = limits;
  return {
    ...(typeof concurrency === 'number' ? { concurrency } : {}),
    ...(typeof maxDepth === 'number' ? { maxDepth } : {}),
    ...(typeof maxScheduled === 'number' ? { maxScheduled } : {}),
    onFull: limits.onFull ?? settings.onFull,
    retainAge: limits.retainAge === undefined ? settings.retainAge : parseDuration(limits.retainAge, 'retainAge'),
    retainCount: limits.retainCount ?? settings.retainCount,
  };
}
