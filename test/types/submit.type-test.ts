// Compiled by the type check, never run: each @ts-expect-error is a test that the line below does not compile.
import {
  type Handler,
  type JobContext,
  type JobEventOf,
  JobHandler,
  type JobRef,
  type JobService,
  OnJobEvent,
} from 'nestjs-jobs';
import { z } from 'zod';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function expectTrue<T extends true>(): T;

declare module 'nestjs-jobs' {
  interface JobTypes {
    'reports.daily': { payload: { day: string }; result: { rows: number } };
    'reports.tidy': { payload: undefined };
  }
}

class EmailPayload {
  to!: string;
  template!: string;
}

interface Receipt {
  readonly accepted: boolean;
}

class Mailer {}

@JobHandler('email', { payload: EmailPayload, queue: 'emails', timeout: '30s', retry: { attempts: 5 } })
export class SendEmail implements Handler<EmailPayload, Receipt> {
  constructor(private readonly mailer: Mailer) {}

  async handle(_payload: EmailPayload, job: JobContext): Promise<Receipt> {
    return { accepted: job.attempt > 0 && this.mailer instanceof Mailer };
  }
}

/** Neither interface nor payload class: the method's own types count. */
@JobHandler('sum')
export class Sum {
  handle({ numbers }: { numbers: readonly number[] }): number {
    return numbers.length;
  }
}

@JobHandler('tidy')
export class Tidy {
  async handle(): Promise<void> {}
}

export async function submits(jobs: JobService): Promise<void> {
  const email = await jobs.submit(SendEmail, { to: 'a@example.org', template: 'welcome' }, { priority: 'high' });
  expectTrue<Equal<typeof email, JobRef<Receipt>>>();
  const receipt = await email.result();
  expectTrue<Equal<typeof receipt, Receipt>>();

  const sum = await jobs.submit(Sum, { numbers: [1, 2] });
  expectTrue<Equal<typeof sum, JobRef<number>>>();

  const report = await jobs.submit('reports.daily', { day: '2026-01-01' });
  expectTrue<Equal<typeof report, JobRef<{ rows: number }>>>();
  await jobs.submit('reports.tidy');

  const other = await jobs.submit('any.other.type', { whatever: 1 }, { queue: 'elsewhere' });
  expectTrue<Equal<typeof other, JobRef>>();
}

export async function wrongSubmits(jobs: JobService): Promise<void> {
  // @ts-expect-error a field is missing
  await jobs.submit(SendEmail, { to: 'a@example.org' });
  // @ts-expect-error a field has another type
  await jobs.submit(SendEmail, { to: 7, template: 'welcome' });
  // @ts-expect-error there is no such field
  await jobs.submit(SendEmail, { to: 'a@example.org', template: 'welcome', cc: 'b@example.org' });
  // @ts-expect-error the payload is missing
  await jobs.submit(SendEmail);
  // @ts-expect-error the element type is another
  await jobs.submit(Sum, { numbers: ['1'] });
  // @ts-expect-error a named type's payload is another
  await jobs.submit('reports.daily', { day: 1 });
  // @ts-expect-error a named type's payload is missing
  await jobs.submit('reports.daily');
  // @ts-expect-error not a handler
  await jobs.submit(Mailer, {});
  // @ts-expect-error there is no such option
  await jobs.submit(SendEmail, { to: 'a@example.org', template: 'welcome' }, { prio: 'high' });
  // @ts-expect-error there is no such priority
  await jobs.submit(SendEmail, { to: 'a@example.org', template: 'welcome' }, { priority: 'highest' });
  // @ts-expect-error functions do not travel with a job
  await jobs.submit(SendEmail, { to: 'a@example.org', template: 'welcome' }, { retry: { backoff: () => 1 } });
}

export class Reports {
  @JobHandler('report.a', { payload: z.object({ day: z.string() }) })
  @JobHandler('report.b')
  async daily({ day }: { day: string }, job: JobContext): Promise<string> {
    return `${day} ${job.id}`;
  }

  @OnJobEvent('completed')
  @OnJobEvent('failed', { type: 'email' })
  any(event: JobEventOf<'completed'> | JobEventOf<'failed'>): void {
    expectTrue<Equal<(typeof event)['kind'], 'completed' | 'failed'>>();
  }

  @OnJobEvent('retrying')
  counted(): void {}
}

// @ts-expect-error a class with a type needs handle()
@JobHandler('nothing')
export class WithoutHandle {}

// @ts-expect-error handle() takes another payload than the one declared
@JobHandler('mismatch', { payload: EmailPayload })
export class Mismatched {
  handle(_payload: string): void {}
}

export class WrongMethods {
  // @ts-expect-error the method takes another payload than the one declared
  @JobHandler('method.mismatch', { payload: EmailPayload })
  one(_payload: { day: string }): void {}

  // @ts-expect-error events of this kind have another shape
  @OnJobEvent('completed')
  two(_event: JobEventOf<'failed'>): void {}

  // @ts-expect-error there is no such event
  @OnJobEvent('done')
  three(): void {}
}
