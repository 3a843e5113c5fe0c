import { Controller, Get, Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { type Handler, type JobContext, JobHandler, JobsLoggingModule, JobsModule, JobTimeoutError } from 'nestjs-jobs';
import { Bulkhead, CircuitBreaker, type CircuitView } from 'nestjs-jobs/resilience';
import { JobsTracingModule } from 'nestjs-jobs/tracing';

/** Of the pages' examples: what a carrier's API would be. */
export const carrier = { down: false, calls: 0, paged: [] as string[] };

@JobHandler('parcel.book', { queue: 'parcels', retry: { attempts: 1 } })
export class BookParcel implements Handler<{ order: string; iban: string }, string> {
  async handle({ order }: { order: string; iban: string }): Promise<string> {
    carrier.calls++;
    if (carrier.down) {
      throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    }
    return `${order} is booked`;
  }
}

export const logging = JobsLoggingModule.forRoot({ payload: true, redact: ['iban'], queues: ['parcels'] });

export const breaker = new CircuitBreaker({
  types: [BookParcel],
  threshold: { share: 0.5, of: 20, atLeast: 4 },
  halfOpenAfter: '30s',
  maxHalfOpenAfter: '5m',
  errors: ['network', JobTimeoutError],
  onOpen: ({ type, error }) => carrier.paged.push(`${type} waits: ${error}`),
});

export const jobs = JobsModule.forRoot({ middleware: [breaker] });

@Module({
  imports: [ConfigModule.forRoot()],
  providers: [
    {
      provide: CircuitBreaker,
      inject: [ConfigService],
      useFactory: (config: ConfigService) => new CircuitBreaker({ threshold: config.get('BREAKER_THRESHOLD', 5) }),
    },
  ],
  exports: [CircuitBreaker],
})
export class ResilienceModule {}

export const jobsWithProvider = JobsModule.forRoot({ store: 'memory', middleware: [CircuitBreaker] });

@Controller('circuits')
export class CircuitsController {
  constructor(private readonly breaker: CircuitBreaker) {}

  @Get()
  list(): readonly CircuitView[] {
    return this.breaker.circuits();
  }
}

export const warehouse = new Bulkhead('warehouse', { concurrency: 4, waiting: 2 });

@JobHandler('stock.count', { middleware: [warehouse] })
export class CountStock implements Handler<{ shelf: string }, number> {
  async handle({ shelf }: { shelf: string }): Promise<number> {
    return shelf.length;
  }
}

@JobHandler('stock.move', { middleware: [warehouse] })
export class MoveStock implements Handler<{ from: string; to: string }, string> {
  async handle({ from, to }: { from: string; to: string }): Promise<string> {
    return `${from} to ${to}`;
  }
}

@Module({ imports: [JobsModule.forRoot({ store: 'memory' }), JobsTracingModule.forRoot({ parent: true })] })
export class TracedModule {}

/** What travels with a job: for a tracer of another make. */
export function traceOf(job: JobContext): string | undefined {
  return job.trace['traceparent'];
}
