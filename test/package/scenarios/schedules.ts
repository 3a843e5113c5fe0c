// A schedule of a decorator and one that is made at run time, until both have fired.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { every, JobHandler, JobService, JobsModule, Schedule, ScheduleService } from 'nestjs-jobs';

const fired = new Map<string, () => void>();

/** Resolves when a job says that name. */
function firing(name: string): Promise<string> {
  return new Promise((resolve) => fired.set(name, () => resolve(name)));
}

@JobHandler('tick')
@Schedule(every('1s'), { id: 'of-code', payload: { name: 'declared' } })
class Tick {
  handle({ name }: { name: string }): void {
    fired.get(name)?.();
  }
}

@Module({ imports: [JobsModule.forRoot({ store: 'memory' })], providers: [Tick] })
class AppModule {}

async function main(): Promise<void> {
  const both = Promise.all([firing('declared'), firing('made')]);
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false, abortOnError: false });
  const schedules = app.get(ScheduleService);
  await schedules.upsert({ id: 'of-now', expression: every('1s'), type: Tick, payload: { name: 'made' } });
  const names = await both;
  const wrong: unknown = await schedules
    .upsert({ id: 'wrong', expression: '99 * * * *', type: Tick })
    .catch((error: unknown) => (error as { code?: string }).code);
  const next = await schedules.nextRuns('of-now', 2);
  const listed = await schedules.list();
  await schedules.remove('of-now');
  const { jobs } = await app.get(JobService).list({ tag: 'schedule:of-now' });
  await app.close();
  console.log(
    JSON.stringify({
      names,
      wrong,
      between: Number(next[1]) - Number(next[0]),
      listed: listed.map(({ id }) => id).sort(),
      submitted: jobs.length > 0,
    }),
  );
}

main().catch((error: unknown) => {
  console.log(JSON.stringify({ failed: String(error) }));
  process.exitCode = 1;
});
