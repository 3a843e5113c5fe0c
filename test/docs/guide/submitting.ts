import { Injectable } from '@nestjs/common';
import {
  JobFailedError,
  type JobRef,
  JobService,
  type JobSubmission,
  ResultTimeoutError,
  type SubmissionReceipt,
} from 'nestjs-jobs';
import { SendInvoice } from './handlers.js';

declare module 'nestjs-jobs' {
  interface JobTypes {
    'avatar.resize': { payload: { user: string; width: number }; result: { file: string } };
  }
}

@Injectable()
export class Billing {
  constructor(private readonly jobs: JobService) {}

  async inAllDetail(customer: string, cents: number): Promise<JobRef<string>> {
    return this.jobs.submit(
      SendInvoice,
      { customer, cents },
      {
        id: `invoice:${customer}`, // submitted twice, it is one job
        priority: 'high',
        delay: '5m', // or runAt: a Date, epoch milliseconds, an ISO 8601 time
        retry: { attempts: 10, maxDelay: '10m' },
        timeout: '1m',
        expiresIn: '2h', // not begun by then, it fails as `expired`
        retain: '7d',
        metadata: { requestedBy: 'billing' },
        tags: ['invoice', 'monthly'],
      },
    );
  }

  async once(customer: string, cents: number): Promise<boolean> {
    const job = await this.jobs.submit(SendInvoice, { customer, cents }, { id: `once:${customer}` });
    return job.receipt === 'added'; // 'duplicate': the job that was there is untouched, and this refers to it
  }

  async waitFor(job: JobRef<string>): Promise<string> {
    try {
      return await job.result({ timeout: '30s' });
    } catch (error) {
      if (error instanceof ResultTimeoutError) {
        return 'still at it'; // the job goes on; ask again, or look with job.get()
      }
      if (error instanceof JobFailedError) {
        return `given up: ${error.reason}`; // the code of the error that ended it
      }
      throw error;
    }
  }

  async resize(user: string): Promise<string> {
    const avatar = await this.jobs.submit('avatar.resize', { user, width: 64 });
    const { file } = await avatar.result(); // typed by the interface above
    return file;
  }

  async month(customers: readonly string[]): Promise<readonly SubmissionReceipt[]> {
    const submissions = customers.map((customer): JobSubmission => ({
      type: SendInvoice,
      payload: { customer, cents: 1_900 },
      options: { id: `2026-11:${customer}` },
    }));
    const receipts = await this.jobs.submitMany(submissions);
    return receipts.filter(({ status }) => status === 'rejected'); // each with its `error`; the others were added
  }
}
