// Logging, `nestjs-jobs/resilience` and `nestjs-jobs/tracing`, as an application has them.
import 'reflect-metadata';
import { type LoggerService, Module } from '@nestjs/common';
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

const lines: string[] = [];
const logger: LoggerService = {
  log: (line: unknown) => lines.push(String(line)),
  warn: () => {},
  error: () => {},
  debug: (line: unknown) => lines.push(String(line)),
};

async function main(): Promise<void> {
  const app = await NestFactory.createApplicationContext(AppModule, { logger });
  const job = await app.get(JobService).submit(Greet, { name: 'ada' });
  const result = await job.result({ timeout: '20s' });
  const circuits = app.get(CircuitBreaker).circuits();
  await app.close();
  const logged = lines.filter((line) => line.includes('event=job.')).map((line) => line.slice(0, line.indexOf(' (')));
  console.log(JSON.stringify({ result, circuits, logged }));
}

void main();
