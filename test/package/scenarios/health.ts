// `nestjs-jobs/health` over HTTP, up and down, and the liveness file with the command that reads it.
import 'reflect-metadata';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { JobHandler, JobService, JobsModule } from 'nestjs-jobs';
import { JobsHealthModule, type JobsHealthResult } from 'nestjs-jobs/health';

const file = join(tmpdir(), `nestjs-jobs-live-${process.pid}`);

@JobHandler('work')
class Work {
  handle(): string {
    return 'done';
  }
}

@Module({
  imports: [
    JobsModule.forRoot({ store: 'memory' }),
    JobsHealthModule.forRoot({
      thresholds: { noWorker: '10ms', pending: 1 },
      queues: { deep: { noWorker: false } },
      cache: '10ms',
      livenessFile: file,
    }),
  ],
  providers: [Work],
})
class AppModule {}

/** The status of HTTP, Terminus's own, and the level. */
async function look(url: string): Promise<readonly (string | number)[]> {
  const response = await fetch(url);
  const { status, level } = (await response.json()) as JobsHealthResult;
  return [response.status, status, level];
}

async function main(): Promise<void> {
  const app = await NestFactory.create(AppModule, { logger: false, abortOnError: false });
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  const jobs = app.get(JobService);
  await (await jobs.submit(Work)).result({ timeout: '30s' });
  const up = await look(`${url}/health/jobs`);
  await jobs.submit('nobody', {}, { queue: 'deep' });
  await jobs.submit('nobody', {}, { queue: 'deep' });
  await new Promise((resolve) => setTimeout(resolve, 100));
  const degraded = await look(`${url}/health/jobs`);
  await jobs.submit('nobody', {}, { queue: 'nowhere' });
  await new Promise((resolve) => setTimeout(resolve, 100));
  const down = await look(`${url}/health/queues`);
  const ready = await look(`${url}/health/jobs/ready`);
  const live = await look(`${url}/health/jobs/live`);
  const command = execFileSync(join('node_modules', '.bin', 'nestjs-jobs-live'), [file, '10m'], { encoding: 'utf8' });
  await app.close();
  console.log(JSON.stringify({ up, degraded, down, ready, live, command: command.replace(/ .*/s, '') }));
}

main().catch((error: unknown) => {
  console.log(JSON.stringify({ failed: String(error) }));
  process.exitCode = 1;
});
