import { Module } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import {
  every,
  type Handler,
  JobHandler,
  JobsModule,
  Schedule,
  type ScheduleOptions,
  ScheduleService,
} from 'nestjs-jobs';
import { JobsTestingModule, type JobsTestingOptions, TestingJobs } from 'nestjs-jobs/testing';

const ran: string[] = [];

@JobHandler('reports.nightly', { queue: 'reports' })
@Schedule('0 2 * * *', { timezone: 'Europe/Berlin', payload: { kind: 'sales' } })
class NightlyReport implements Handler<{ kind: string }, void> {
  async handle({ kind }: { kind: string }): Promise<void> {
    ran.push(`nightly ${kind}`);
  }
}

class Housekeeping {
  @Schedule(every('10m'), { overlap: 'skip' })
  async sweep(): Promise<void> {
    ran.push('sweep');
  }

  @JobHandler('tokens.expire')
  @Schedule('@hourly')
  @Schedule('*/5 * * * *', { id: 'tokens.often', enabled: false })
  async expire(): Promise<void> {
    ran.push('expire');
  }
}

@Schedule('@daily')
class NoHandler {}

@JobHandler('twice')
@Schedule('@daily')
@Schedule('@hourly')
class Twice {
  async handle(): Promise<void> {}
}

@JobHandler('wrong')
@Schedule('61 * * * *')
class WrongExpression {
  async handle(): Promise<void> {}
}

const open: TestingModule[] = [];

afterEach(async () => {
  ran.length = 0;
  await Promise.all(open.splice(0).map((module) => module.close()));
});

async function boot(
  providers: readonly (new () => object)[],
  options: JobsTestingOptions = {},
): Promise<{ readonly testing: TestingJobs; readonly schedules: ScheduleService }> {
  const module = await Test.createTestingModule({
    imports: [JobsTestingModule.forRoot({ ...options, now: new Date('2026-06-01T00:30:00Z') })],
    providers: [...providers],
  })
    .setLogger({ log: () => {}, warn: () => {}, error: () => {} })
    .compile();
  open.push(module);
  await module.init();
  return { testing: TestingJobs.of(module), schedules: module.get(ScheduleService) };
}

describe('@Schedule', () => {
  it('declares schedules of a class, of a handler method, and of a method that nothing else runs', async () => {
    const { schedules } = await boot([NightlyReport, Housekeeping]);
    expect(
      (await schedules.list()).map(({ id, type, queue, expression, enabled }) => [
        id,
        type,
        queue,
        expression,
        enabled,
      ]),
    ).toEqual([
      ['Housekeeping.sweep', 'Housekeeping.sweep', 'default', '@every 10m', true],
      ['reports.nightly', 'reports.nightly', 'reports', '0 2 * * *', true],
      ['tokens.expire', 'tokens.expire', 'default', '@hourly', true],
      ['tokens.often', 'tokens.expire', 'default', '*/5 * * * *', false],
    ]);
    // Midnight in Berlin is two hours before.
    expect(await schedules.nextRuns('reports.nightly', 2)).toEqual([
      new Date('2026-06-02T00:00:00Z'),
      new Date('2026-06-03T00:00:00Z'),
    ]);
  });

  it('submits jobs that its handler runs, with the payload it was given', async () => {
    const { testing, schedules } = await boot([NightlyReport, Housekeeping]);
    await testing.advance('61m');
    expect(ran.filter((each) => each === 'sweep')).toHaveLength(6);
    expect(ran.filter((each) => each === 'expire')).toHaveLength(1);
    await testing.advance('23h');
    expect(ran.filter((each) => each === 'nightly sales')).toHaveLength(1);
    const nightly = await schedules.get('reports.nightly');
    expect(nightly).toMatchObject({ runCount: 1, lastRun: Date.parse('2026-06-02T00:00:00Z') });
    expect(nightly?.recentJobs).toEqual(['reports.nightly@2026-06-02T00:00:00.000Z']);
  });

  it('can be switched off for a process, and declares what the options name too', async () => {
    const declared: ScheduleOptions[] = [{ id: 'often', expression: every('1m'), type: 'tokens.expire' }];
    const { schedules, testing } = await boot([Housekeeping], { schedules: { declared } });
    expect(await schedules.get('often')).toMatchObject({ expression: '@every 1m', origin: 'code' });
    await testing.advance('150s');
    expect(ran).toHaveLength(2);

    const off = await boot([Housekeeping], { schedules: { enabled: false } });
    await off.testing.advance('1h');
    expect(await off.schedules.list()).toEqual([]);
  });

  it.each([
    ['a class that is no handler', NoHandler, /NoHandler is decorated with @Schedule\('@daily'\) but handles no type/],
    ['two of one name', Twice, /Two schedules are declared with the id 'twice'/],
    ['a wrong expression', WrongExpression, /61/],
  ])('stops the boot for %s', async (_what, provider, message) => {
    await expect(boot([provider])).rejects.toThrow(message);
  });

  it('refuses wrong options of the module by name', async () => {
    @Module({
      imports: [JobsModule.forRoot({ store: 'memory', schedules: { max: 0, undeclared: 'ignore' as never } })],
    })
    class Wrong {}
    await expect(Test.createTestingModule({ imports: [Wrong] }).compile()).rejects.toThrow(
      /schedules\.max[^]*schedules\.undeclared/,
    );
  });
});
