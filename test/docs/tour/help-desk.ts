import { Injectable } from '@nestjs/common';
import { type JobRecord, JobService, type JobState, type JobStats } from 'nestjs-jobs';

@Injectable()
export class HelpDesk {
  constructor(private readonly jobs: JobService) {}

  async look(id: string): Promise<JobRecord | undefined> {
    return this.jobs.get(id); // state, attempts, progress, result, error, log and every failed attempt
  }

  async cancelNudge(email: string): Promise<JobState> {
    return this.jobs.cancel(`nudge:${email}`); // a running job's signal aborts, in whatever process it runs
  }

  async retryTimeouts(): Promise<number> {
    const dead = this.jobs.deadLetters('emails'); // what has used its attempts waits here, until someone decides
    const { jobs } = await dead.list({ pageSize: 10 });
    return jobs.length === 0 ? 0 : dead.retryAll({ code: 'timeout' }); // or dead.retry(id), dead.purge()
  }

  async numbers(): Promise<JobStats> {
    return this.jobs.stats(); // in all, by state, by priority, by queue
  }
}
