// Logging as JSON, `nestjs-jobs/resilience` and `nestjs-jobs/tracing`, as an application has them.
import 'reflect-metadata';
import { ConsoleLogger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type JobContext, JobHandler, JobService, JobsLoggingModule, JobsModule } from 'nestjs-jobs';
import { Bulkhead, CircuitBreaker } from 'nestjs-jobs/resilience';
import { JobsTracingModule } from 'nestjs-jobs/tracing';

const bulkhead = new Bulkhead('all', { concurrency: 1, waiting: 1 });

@JobHandler('greet', { middleware: [bulkhead] })
class Greet {
  handle({ name }: { readonly name: string }, job: JobContext): string {
    return `hello ${name}, ${Object.keys(job.trace).length} headers`;
  }
}

@Module({
  imports: [
    JobsModule.forRoot({ store: 'memory', middleware: [CircuitBreaker] }),
    JobsLoggingModule.forRoot({ payload: true }),
    JobsTracingModule.forRoot(),
  ],
  providers: [Greet, { provide: CircuitBreaker, useFactory: () => new CircuitBreaker({ types: [Greet] }) }],
})
class AppModule {}

/** What Nest writes as JSON, instead of writing it. */
function logged(): readonly { readonly message: unknown }[] {
  const records: { readonly message: unknown }[] = [];
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = (chunk: string | Uint8Array): boolean => {
    const text = String(chunk);
    if (!text.startsWith('{"level"')) {
      return write(chunk);
    }
    records.push(JSON.parse(text) as { readonly message: unknown });
    return true;
  };
  return records;
}

async function main(): Promise<void> {
  const records = logged();
  const logger = new ConsoleLogger({ json: true, colors: false });
  const app = await NestFactory.createApplicationContext(AppModule, { logger });
  const job = await app.get(JobService).submit(Greet, { name: 'ada' });
  const result = await job.result({ timeout: '20s' });
  const circuits = app.get(CircuitBreaker).circuits();
  await app.close();
  const events = records
    .map(({ message }) => message as { readonly event?: string; readonly job?: string; readonly payload?: string })
    .filter(({ event }) => event?.startsWith('job.'));
  const [started] = events;
  const isThisJob = events.every(({ job: id }) => id === job.id);
  console.log(
    JSON.stringify({
      result,
      circuits,
      events: events.map(({ event }) => event),
      isThisJob,
      payload: started?.payload,
    }),
  );
}

void main();
