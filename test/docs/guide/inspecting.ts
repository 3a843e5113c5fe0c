import { Injectable } from '@nestjs/common';
import { type JobRecord, JobService, type JobState } from 'nestjs-jobs';

@Injectable()
export class Operations {
  constructor(private readonly jobs: JobService) {}

  async describe(id: string): Promise<string> {
    const job = await this.jobs.get({ queue: 'orders', id }); // or get(id), which asks every known queue
    if (job === undefined) {
      return 'never submitted, or past its retention';
    }
    const last = job.history.at(-1);
    return `${job.type} is ${job.state} after ${job.attempts} of ${job.maxAttempts} attempts${
      last === undefined ? '' : `; the last failed on ${last.process} with ${last.code}: ${last.message}`
    }`;
  }

  async everything(state: JobState): Promise<readonly JobRecord[]> {
    const found: JobRecord[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.jobs.list({ queue: 'orders', state, pageSize: 100, ...(cursor && { cursor }) });
      found.push(...page.jobs); // a page may be short, or empty, and still have a cursor
      cursor = page.cursor;
    } while (cursor !== undefined);
    return found;
  }

  async move(id: string): Promise<JobState> {
    await this.jobs.reprioritise(id, 'critical');
    await this.jobs.reschedule(id, '1h'); // by a duration from now, or to a Date
    return this.jobs.promote(id); // now after all
  }

  async dayAfterTheOutage(since: Date): Promise<{ retried: number; purged: number }> {
    const dead = this.jobs.deadLetters('orders');
    return {
      retried: await dead.retryAll({ from: since, code: 'ECONNREFUSED' }), // a fresh budget of attempts, the history kept
      purged: await dead.purge({ type: 'order.remind' }),
    };
  }
}
