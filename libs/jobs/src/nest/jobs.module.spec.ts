import { Inject, Injectable, Module, type Type } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import {
  InvalidConfigurationError,
  type JobContext,
  jobsConfig,
  JobHandler,
  JobService,
  JobsModule,
  type JobsModuleOptions,
  UsageError,
} from '../index.js';
import { ENGINE_SETTINGS } from '../application/tokens.js';
import { JobStore } from '../application/ports/job-store.js';
import type { EngineSettings } from '../application/settings.js';

@JobHandler('double')
class Double {
  handle(payload: { n: number }, _job: JobContext): number {
    return payload.n * 2;
  }
}

const QUIET = { log: () => {}, warn: () => {}, error: () => {} };
const memory: JobsModuleOptions = { store: 'memory' };
const started: TestingModule[] = [];

async function start(
  imports: NonNullable<Parameters<typeof Test.createTestingModule>[0]['imports']>,
): Promise<TestingModule> {
  const module = await Test.createTestingModule({ imports, providers: [Double] })
    .setLogger(QUIET)
    .compile();
  started.push(module);
  return module.init();
}

afterEach(async () => {
  await Promise.all(started.splice(0).map((module) => module.close()));
});

async function doubled(module: TestingModule): Promise<number> {
  const job = await module.get(JobService).submit(Double, { n: 21 });
  return job.result({ timeout: '20s' });
}

describe('JobsModule.forRoot', () => {
  it('runs the handlers of the application', async () => {
    await expect(doubled(await start([JobsModule.forRoot(memory)]))).resolves.toBe(42);
  });

  it('needs no options outside of production', async () => {
    await expect(doubled(await start([JobsModule.forRoot()]))).resolves.toBe(42);
  });

  it('is injectable in modules that do not import it', async () => {
    @Injectable()
    class Shop {
      constructor(readonly jobs: JobService) {}
    }
    @Module({ providers: [Shop] })
    class ShopModule {}
    const module = await start([JobsModule.forRoot(memory), ShopModule]);
    expect(module.get(Shop).jobs).toBe(module.get(JobService));
  });

  it('is not, with isGlobal: false', async () => {
    @Injectable()
    class Shop {
      constructor(readonly jobs: JobService) {}
    }
    @Module({ providers: [Shop] })
    class ShopModule {}
    await expect(start([JobsModule.forRoot({ ...memory, isGlobal: false }), ShopModule])).rejects.toThrow('JobService');
    await expect(doubled(await start([JobsModule.forRoot({ ...memory, isGlobal: false })]))).resolves.toBe(42);
  });

  it('stops the boot when an option is wrong', async () => {
    await expect(start([JobsModule.forRoot({ ...memory, lease: 'soon' as never })])).rejects.toBeInstanceOf(
      InvalidConfigurationError,
    );
  });

  it('stops the boot when it is imported twice', async () => {
    @Module({ imports: [JobsModule.forRoot(memory)] })
    class Another {}
    await expect(start([JobsModule.forRoot(memory), Another])).rejects.toThrow('imported more than once');
  });
});

describe('JobsModule.forRootAsync', () => {
  const LEASE = Symbol('lease');

  @Module({ providers: [{ provide: LEASE, useValue: '20s' }], exports: [LEASE] })
  class ConfigurationModule {}

  @Injectable()
  class Configuration {
    constructor(@Inject(LEASE) private readonly lease: '20s') {}

    async createJobsOptions(): Promise<JobsModuleOptions> {
      return { ...memory, lease: this.lease };
    }
  }

  @Module({ imports: [ConfigurationModule], providers: [Configuration], exports: [Configuration] })
  class ConfiguredModule {}

  it.each([
    [
      'useFactory',
      {
        imports: [ConfigurationModule],
        inject: [LEASE],
        useFactory: async (lease: '20s'): Promise<JobsModuleOptions> => ({ ...memory, lease }),
      },
    ],
    ['useClass', { imports: [ConfigurationModule], useClass: Configuration }],
    ['useExisting', { imports: [ConfiguredModule], useExisting: Configuration }],
  ])('takes its options from %s', async (_way, options) => {
    const module = await start([JobsModule.forRootAsync(options)]);
    expect(module.get<EngineSettings>(ENGINE_SETTINGS).lease).toBe(20_000);
    await expect(doubled(module)).resolves.toBe(42);
  });

  it('takes its options from the environment', async () => {
    const module = await start([JobsModule.forRootAsync(jobsConfig.asProvider())]);
    await expect(doubled(module)).resolves.toBe(42);
  });

  it('wants one way to make the options', () => {
    expect(() => JobsModule.forRootAsync({})).toThrow(UsageError);
    expect(() => JobsModule.forRootAsync({ useFactory: () => memory, useClass: Configuration })).toThrow(UsageError);
  });
});

describe('JobsModule.forFeature', () => {
  const feature = (queues: NonNullable<JobsModuleOptions['queues']>): Type => {
    @Module({ imports: [JobsModule.forFeature({ queues })] })
    class FeatureModule {}
    return FeatureModule;
  };

  it('adds its queues to those of forRoot', async () => {
    const module = await start([
      feature({ mail: { concurrency: 3 } }),
      JobsModule.forRoot({ ...memory, queues: { orders: { maxDepth: 9 } } }),
      feature({ reports: { defaults: { timeout: '1m' } }, mail: { concurrency: 3 } }),
    ]);
    const { queues } = module.get<EngineSettings>(ENGINE_SETTINGS);
    expect(queues.get('orders')?.settings?.maxDepth).toBe(9);
    expect(queues.get('reports')?.defaults.timeout).toBe(60_000);
    await expect(module.get(JobService).queue('mail').settings()).resolves.toMatchObject({ concurrency: 3 });
  });

  it('stops the boot when a queue is declared twice, differently', async () => {
    await expect(
      start([
        JobsModule.forRoot({ ...memory, queues: { mail: { concurrency: 2 } } }),
        feature({ mail: { concurrency: 3 } }),
      ]),
    ).rejects.toThrow(/queues\.mail .*twice.*"concurrency":2.*"concurrency":3/);
  });

  it('stops the boot when a value is wrong', async () => {
    await expect(start([JobsModule.forRoot(memory), feature({ mail: { concurrency: -1 } })])).rejects.toThrow(
      'queues.mail.concurrency',
    );
  });

  it.each([
    [{ mail: { concurrency: 1 } }, /^forFeature\.mail: .* is an unknown option; allowed here: queues$/],
    [{ queues: ['mail'] }, /^forFeature\.queues: \["mail"\] is not allowed; use an object of queue options by name$/],
    [{}, /^forFeature\.queues: undefined/],
  ])('refuses %j', (options, line) => {
    expect(() => JobsModule.forFeature(options as never)).toThrow(line);
  });
});

describe('enabled: false', () => {
  it('keeps everything injectable, and refuses what needs the store', async () => {
    const module = await start([JobsModule.forRoot({ enabled: false, redis: { host: 'nowhere.invalid' } })]);
    const jobs = module.get(JobService);
    await expect(jobs.submit(Double, { n: 1 })).rejects.toThrow(UsageError);
    await expect(jobs.submit(Double, { n: 1 })).rejects.toThrow('enabled: false');
    await expect(jobs.submit('elsewhere', {})).rejects.toThrow('enabled: false');
    await expect(jobs.get('an-id')).rejects.toThrow('enabled: false');
    await expect(jobs.stats()).rejects.toThrow('enabled: false');
    expect(module.get(JobStore)).toBeInstanceOf(JobStore);
  });
});
