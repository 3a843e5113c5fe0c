import type { INestApplicationContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { Registry } from 'prom-client';
import { type Handler, type JobContext, JobHandler, JobService } from 'nestjs-jobs';
import { type JobsMetricsOptions, JobsMetricsModule } from 'nestjs-jobs/metrics';
import { JobsTestingModule, type JobsTestingOptions, TestingJobs } from 'nestjs-jobs/testing';
import { Log } from '../../libs/jobs/src/application/ports/log.js';

type Ends = 'well' | 'badly' | 'snoozed';

/** Ends as its payload says. */
@JobHandler('work', { queue: 'desk', retry: { attempts: 2, backoff: 'fixed', initialDelay: '10s', jitter: 0 } })
export class Work implements Handler<{ ends: Ends }, { rows: number }> {
  async handle({ ends }: { ends: Ends }, job: JobContext): Promise<{ rows: number }> {
    if (ends === 'badly') {
      throw new Error('as told');
    }
    if (ends === 'snoozed') {
      return job.snooze('1m');
    }
    return { rows: 7 };
  }
}

/** Keeps what the metrics complain of. */
export class Warnings extends Log {
  readonly warnings: string[] = [];
  override debug(): void {}
  override info(): void {}
  override warn(message: string): void {
    this.warnings.push(message);
  }
  override error(): void {}
}

/** A logger that says nothing. */
export const SILENT = { log: () => {}, warn: () => {}, error: () => {} };

const apps: INestApplicationContext[] = [];

/** Remembers an application for {@link closeAll}. */
export function willClose<T extends INestApplicationContext>(app: T): T {
  apps.push(app);
  return app;
}

/** Ends every application that was started. */
export async function closeAll(): Promise<void> {
  await Promise.all(apps.splice(0).map((app) => app.close()));
}

/** An application on virtual time with metrics in a registry of its own. */
export async function start(metrics: JobsMetricsOptions = {}, jobs: JobsTestingOptions = {}) {
  const registry = metrics.registry ?? new Registry();
  const log = new Warnings();
  const module = await Test.createTestingModule({
    imports: [JobsTestingModule.forRoot(jobs), JobsMetricsModule.forRoot({ registry, ...metrics })],
    providers: [Work],
  })
    .overrideProvider(Log)
    .useValue(log)
    .compile();
  willClose(module);
  await module.init();
  return { module, registry, log, jobs: module.get(JobService), testing: TestingJobs.of(module) };
}

/** Values by labels, as text. */
export type Series = Readonly<Record<string, number>>;

/** The values of a metric by their labels, as they are exported; histograms as count and sum. */
export async function read(registry: Registry, name: string): Promise<Series> {
  const lines = (await registry.metrics()).split('\n').filter((line) => line.startsWith(name));
  return Object.fromEntries(
    lines
      .map((line) => /^(\w+)(\{.*\})? (\S+)$/.exec(line))
      .filter((match) => match !== null)
      .filter(([, full = '']) => full === name || full === `${name}_sum` || full === `${name}_count`)
      .map(([, full = '', labels = '', value]) => [`${full.slice(name.length)}${labels}`, Number(value)]),
  );
}

/** The labels of {@link Work}. */
export const WORK = '{type="work",queue="desk",priority="normal"}';
