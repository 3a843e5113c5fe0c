import { Injectable } from '@nestjs/common';
import { isOfHistory, type ResolvedAlertRule } from '../../domain/alerts/alert-rule.js';
import type { AlertReading } from '../../domain/alerts/alert-state.js';
import { quantile } from '../../domain/history/duration-histogram.js';
import { JobFigures } from '../../domain/history/job-figures.js';
import { HistoryReader } from '../history/history-reader.js';
import { JobDirectory } from '../ports/job-directory.js';
import { type MinuteFigures, MINUTE } from '../ports/history-store.js';
import { JobInspector, type QueueCounts } from '../ports/job-inspector.js';
import { WorkerFleet, type WorkerOfProcess } from '../processes/worker-fleet.js';

/** Queues whose counts are asked for at a time. */
const AT_ONCE = 20;

/** What all rules are read from, taken once. */
interface Facts {
  readonly now: number;
  readonly queues: ReadonlyMap<string, QueueCounts>;
  readonly workers: readonly WorkerOfProcess[];
  readonly minutes: readonly MinuteFigures[];
}

/** Reads what alert rules watch: counts of queues, the fleet of workers, and the history. */
@Injectable()
export class AlertReadings {
  constructor(
    private readonly inspector: JobInspector,
    private readonly directory: JobDirectory,
    private readonly fleet: WorkerFleet,
    private readonly history: HistoryReader,
  ) {}

  /**
   * What there is to read for each rule, by its name.
   *
   * @param now the store's time
   * @throws StoreUnavailableError
   */
  async read(rules: readonly ResolvedAlertRule[], now: number): Promise<ReadonlyMap<string, readonly AlertReading[]>> {
    const facts = await this.facts(rules, now);
    return new Map(rules.map((rule) => [rule.name, readingsOf(rule, facts)]));
  }

  private async facts(rules: readonly ResolvedAlertRule[], now: number): Promise<Facts> {
    const ofQueues = rules.filter(({ kind }) => !isOfHistory(kind));
    const named = ofQueues.flatMap(({ queue }) => (queue === undefined ? [] : [queue]));
    const isAll = named.length < ofQueues.length;
    const names = [...new Set([...named, ...(isAll ? await this.directory.queues() : [])])];
    const window = Math.max(0, ...rules.filter(({ kind }) => isOfHistory(kind)).map((rule) => rule.window));
    return {
      now,
      queues: await this.counts(names),
      workers: rules.some(({ kind }) => kind === 'no-workers') ? await this.fleet.workers() : [],
      minutes: window === 0 ? [] : await this.history.read(windowStart(now, window), now + MINUTE),
    };
  }

  private async counts(queues: readonly string[]): Promise<ReadonlyMap<string, QueueCounts>> {
    const counts = new Map<string, QueueCounts>();
    for (let from = 0; from < queues.length; from += AT_ONCE) {
      await Promise.all(
        queues.slice(from, from + AT_ONCE).map(async (queue) => counts.set(queue, await this.inspector.counts(queue))),
      );
    }
    return counts;
  }
}

/** The window ends with the minute that has just begun, of which little is known yet. */
function windowStart(now: number, window: number): number {
  return Math.floor((now - window) / MINUTE) * MINUTE;
}

function readingsOf(rule: ResolvedAlertRule, facts: Facts): readonly AlertReading[] {
  return isOfHistory(rule.kind)
    ? ofHistory(rule, facts)
    : rule.kind === 'no-workers'
      ? ofWorkers(rule, facts)
      : ofQueues(rule, facts);
}

function ofQueues({ kind, queue: named }: ResolvedAlertRule, { queues }: Facts): readonly AlertReading[] {
  return [...queues]
    .filter(([queue]) => named === undefined || queue === named)
    .map(([queue, { byState, oldestPendingFor }]) => ({
      of: queue,
      queue,
      value:
        kind === 'queue-depth' ? byState.pending : kind === 'dead-letters' ? byState.failed : (oldestPendingFor ?? 0),
    }));
}

/**
 * One alert, whatever lacks workers: when all of them go, it is not to be told for each queue. A queue that nobody named
 * needs a worker only while something waits in it; some worker must run in any case.
 */
function ofWorkers({ queue: named }: ResolvedAlertRule, { queues, workers }: Facts): readonly AlertReading[] {
  const running = workers.filter(({ state, silent }) => state === 'running' && !silent);
  const worked = (queue: string): AlertReading => ({
    of: named ?? '',
    queue,
    value: running.filter((worker) => worker.queues.includes(queue)).length,
  });
  if (named !== undefined) {
    return [worked(named)];
  }
  const needy = [...queues]
    .filter(
      ([, { byState, paused }]) =>
        !paused && byState.pending + byState.running + byState.retrying + byState.scheduled > 0,
    )
    .map(([queue]) => worked(queue));
  const all: AlertReading = { of: '', value: running.length };
  return [needy.reduce((worst, each) => (each.value < worst.value ? each : worst), all)];
}

function ofHistory(
  { kind, queue: named, type: ofType, window, minimum }: ResolvedAlertRule,
  { minutes, now }: Facts,
): readonly AlertReading[] {
  const byQueue = new Map<string, JobFigures>();
  const from = windowStart(now, window);
  for (const each of minutes) {
    const { minute, queue, type } = each;
    if (minute >= from && (named === undefined || queue === named) && (ofType === undefined || type === ofType)) {
      const figures = byQueue.get(queue) ?? new JobFigures();
      figures.add(each);
      byQueue.set(queue, figures);
    }
  }
  return [...byQueue].flatMap(([queue, figures]) => {
    const failed = figures.of('retried') + figures.of('failed');
    const attempts = figures.of('completed') + failed;
    if (attempts < minimum) {
      return [];
    }
    return [
      {
        of: queue,
        queue,
        value: kind === 'failure-rate' ? failed / attempts : (quantile(figures.duration, 0.95) ?? 0),
      },
    ];
  });
}
