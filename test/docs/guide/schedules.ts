import { Injectable } from '@nestjs/common';
import {
  daily,
  every,
  type Handler,
  JobHandler,
  type JobsModuleOptions,
  Schedule,
  type ScheduleRecord,
  ScheduleService,
  weekly,
} from 'nestjs-jobs';

@JobHandler('reports.nightly', { queue: 'reports' })
@Schedule('0 2 * * *', { timezone: 'Europe/Berlin', payload: { kind: 'sales' } })
export class NightlyReport implements Handler<{ kind: string }, string> {
  async handle({ kind }: { kind: string }): Promise<string> {
    return `report of ${kind}`;
  }
}

@Injectable()
export class CleanUps {
  @Schedule(every('10m'), { overlap: 'skip' })
  async sweep(): Promise<void> {
    // a type of its own: CleanUps.sweep
  }
}

export const declared: JobsModuleOptions = {
  schedules: {
    declared: [
      { id: 'weekly-digest', expression: weekly('monday', 9), type: 'reports.nightly', payload: { kind: 'week' } },
    ],
  },
};

@Injectable()
export class Operations {
  constructor(private readonly schedules: ScheduleService) {}

  async monthEnd(): Promise<readonly Date[]> {
    await this.schedules.upsert({
      id: 'month-end',
      expression: daily(18, 30),
      type: NightlyReport,
      payload: { kind: 'month' },
      timezone: 'America/New_York',
      except: ['12-24/01-02', '* * * * SAT,SUN'], // holidays, weekends
      missed: 'skip',
      job: { priority: 'high', retry: { attempts: 5 } },
    });
    return this.schedules.nextRuns('month-end', 3);
  }

  async now(): Promise<ScheduleRecord | undefined> {
    await this.schedules.runNow('month-end');
    await this.schedules.disable('month-end'); // enable() counts from then on
    return this.schedules.get('month-end'); // nextRun, lastRun, runCount, recentJobs …
  }
}
