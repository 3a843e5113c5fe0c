import { Injectable, type OnModuleInit } from '@nestjs/common';
import { IsInt, IsUrl, Max, Min } from 'class-validator';
import { type Handler, type JobContext, JobContext as CurrentJob, JobHandler, JobService } from 'nestjs-jobs';
import { z } from 'zod';

export class ThumbnailPayload {
  @IsUrl() url!: string;
  @IsInt() @Min(16) @Max(4096) width!: number;
}

@JobHandler('thumbnail', { payload: ThumbnailPayload, queue: 'images', timeout: '2m', concurrency: 2 })
export class MakeThumbnail implements Handler<ThumbnailPayload, { file: string }> {
  async handle({ url, width }: ThumbnailPayload, job: JobContext): Promise<{ file: string }> {
    job.progress(10);
    job.log(`fetching ${url}`);
    job.signal.throwIfAborted();
    return { file: `${job.id}-${width}.png` };
  }
}

@JobHandler()
export class Reports {
  @JobHandler('report.daily', { queue: 'reports', retry: { attempts: 1 } })
  async daily({ day }: { day: string }): Promise<{ rows: number }> {
    return { rows: day.length };
  }

  @JobHandler('report.tidy', { queue: 'reports' })
  async tidy(): Promise<void> {}
}

@Injectable()
export class Housekeeping implements OnModuleInit {
  constructor(private readonly jobs: JobService) {}

  onModuleInit(): void {
    this.jobs.register('ping', () => 'pong', { queue: 'housekeeping' });
  }
}

const Invoice = z.object({ customer: z.string(), cents: z.number().int().positive() });

@JobHandler('invoice', { payload: Invoice })
export class SendInvoice implements Handler<z.infer<typeof Invoice>, string> {
  handle({ customer, cents }: z.infer<typeof Invoice>): string {
    return `${customer} owes ${cents / 100}`;
  }
}

@Injectable()
export class AuditTrail {
  readonly lines: string[] = [];

  write(what: string): void {
    const job = CurrentJob.find(); // the job that runs this, from any depth of calls; undefined outside of one
    this.lines.push(job === undefined ? what : `${what} (job ${job.id}, attempt ${job.attempt})`);
  }
}

@JobHandler('audited')
export class Audited implements Handler<{ what: string }> {
  constructor(private readonly trail: AuditTrail) {}

  handle({ what }: { what: string }): void {
    this.trail.write(what);
  }
}
