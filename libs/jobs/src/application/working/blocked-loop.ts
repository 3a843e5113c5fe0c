import { Inject, Injectable } from '@nestjs/common';
import { formatDuration } from '../../domain/duration.js';
import { attemptEvent } from '../attempts/attempt-event.js';
import type { Attempt } from '../attempts/attempt.js';
import { AttemptRunner } from '../attempts/attempt-runner.js';
import { JobEvents } from '../job-events.js';
import { attemptFields } from '../log-record.js';
import { JobStore, type Report } from '../ports/job-store.js';
import { Log, type LogFields } from '../ports/log.js';
import type { EngineSettings } from '../settings.js';
import { ENGINE_SETTINGS, HOLDER } from '../tokens.js';
import { type LoopBlock, LoopWatch, type Stretch } from './loop-watch.js';

/** Jobs that are named where it cannot be told which of them it was. */
const NAMED = 20;

/**
 * Reports a blocked event loop with the job that caused it: in the log, as an event, and in the job's own log, where who
 * finds it among the dead letters reads it too, whoever held its lease since.
 *
 * Node does not tell whose code ran. It was the job that was heard of first when the loop went on, where that accounts for most of the time; or else it may have been any of those that ran, or the application.
 */
@Injectable()
export class BlockedLoop {
  constructor(
    private readonly watch: LoopWatch,
    private readonly runner: AttemptRunner,
    private readonly events: JobEvents,
    private readonly store: JobStore,
    private readonly log: Log,
    @Inject(ENGINE_SETTINGS) private readonly settings: EngineSettings,
    @Inject(HOLDER) private readonly holder: string,
  ) {}

  start(): void {
    this.watch.start((block) => this.report(block));
  }

  stop(): void {
    this.watch.stop();
  }

  private report(block: LoopBlock): void {
    const culprit = block.idle ? undefined : culpritOf(block);
    const duration = Math.round(culprit?.duration ?? block.duration);
    const lasted = `${formatDuration(duration)}, of a lease of ${formatDuration(this.settings.lease)}`;
    if (block.idle) {
      const fields = { event: 'process.stopped', duration };
      this.log.warn(`This process was not let run for ${lasted}: it was stopped, or its machine was`, fields);
      return;
    }
    const candidates = culprit === undefined ? this.candidates(block) : [culprit.attempt];
    const [who, fields] = culprit === undefined ? suspected(candidates) : accused(culprit);
    this.log.warn(`The event loop was blocked for ${lasted}, ${who}`, {
      event: 'loop.blocked',
      duration,
      candidates: candidates.length,
      ...fields,
    });
    const named = candidates.slice(0, NAMED);
    this.tell(named, duration, candidates.length);
    const during =
      candidates.length > 1 ? `while ${candidates.length} jobs ran, this one among them` : 'while no other job ran';
    const whose = culprit === undefined ? during : 'by this job';
    void this.keep(named, `The event loop of ${this.holder} was blocked for ${lasted}, ${whose}`);
  }

  /** Whatever ran, those first whose code is known to have run. */
  private candidates({ stretches, until }: LoopBlock): readonly Attempt[] {
    const running = this.runner.running.filter(({ begunAt }) => begunAt < until);
    return [...new Set([...stretches.map(({ attempt }) => attempt), ...running])];
  }

  private tell(attempts: readonly Attempt[], duration: number, candidates: number): void {
    for (const { queue, job, worker } of attempts) {
      if (this.events.wanted('loop-blocked', queue)) {
        this.events.observe(attemptEvent('loop-blocked', queue, job, worker, { duration, candidates }));
      }
    }
  }

  /** Writes it down with the jobs. What the store does not take is in this process's log. Never rejects. */
  private async keep(attempts: readonly Attempt[], line: string): Promise<void> {
    const byQueue = new Map<string, Report[]>();
    for (const { queue, job, token } of attempts) {
      const report = { id: job.id, token, attempt: job.attempt, log: [line], late: true };
      byQueue.set(queue, [...(byQueue.get(queue) ?? []), report]);
    }
    const { holder } = this;
    await Promise.allSettled([...byQueue].map(([queue, reports]) => this.store.report({ queue, holder, reports })));
  }
}

/** What takes up most of the block, by the attempt that was heard of first after it. */
function culpritOf({ duration, stretches: [longest] }: LoopBlock): Stretch | undefined {
  return longest !== undefined && longest.duration >= duration / 2 ? longest : undefined;
}

type Wording = readonly [who: string, fields: LogFields];

function accused({ attempt }: Stretch): Wording {
  return [`by ${nameOf(attempt)}`, about(attempt)];
}

/** How the log says that it cannot be told which it was. */
function suspected(attempts: readonly Attempt[]): Wording {
  const [first, second] = attempts;
  if (first === undefined) {
    return ['while no job ran', {}];
  }
  if (second === undefined) {
    return [`while ${nameOf(first)} ran, and no other`, about(first)];
  }
  const named = attempts.slice(0, NAMED).map(({ job: { id, type } }) => `${id} (${type})`);
  return [`while ${attempts.length} jobs ran: ${named.join(', ')}${attempts.length > NAMED ? ', …' : ''}`, {}];
}

function nameOf({ job: { id, type } }: Attempt): string {
  return `job ${id} of type '${type}'`;
}

function about({ queue, worker, job: { id, type, attempt } }: Attempt): LogFields {
  return { ...attemptFields({ queue, worker, id, type, attempt }) };
}
