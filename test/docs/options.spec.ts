import { ConfigModule } from '@nestjs/config';
import { InvalidConfigurationError, JobService, JobsModule, type JobsModuleOptions, UsageError } from 'nestjs-jobs';
import { FromEnvironment, FromYourOwn } from './guide/config.js';
import { groups, queues } from './guide/queues.js';
import { byHost, byUrl, byUrlAlone, cluster, confirmed, ownClient, sentinels, withTls } from './guide/redis.js';
import { boot, closeAll } from './start.js';

afterEach(closeAll);

describe('the options in the guide', () => {
  it.each<[string, JobsModuleOptions]>(
    Object.entries({ queues, groups, byUrl, byUrlAlone, byHost, withTls, sentinels, cluster, confirmed, ownClient }),
  )('are allowed: %s', async (_name, options) => {
    // Switched off, the module checks its options and connects to nothing.
    const app = await boot({ imports: [JobsModule.forRoot({ ...options, enabled: false })] });
    await expect(app.get(JobService).submit('any', {}, { queue: 'any' })).rejects.toThrow(UsageError);
  });

  it('come from the environment', async () => {
    process.env['JOBS_STORE'] = 'memory';
    try {
      const app = await boot({ imports: [FromEnvironment, ConfigModule] });
      await expect(app.get(JobService).stats()).resolves.toMatchObject({ total: 0 });
    } finally {
      delete process.env['JOBS_STORE'];
    }
  });

  it('come from a configuration of your own', async () => {
    process.env['SHOP_REDIS'] = 'http://user:secret@127.0.0.1';
    try {
      const refused = boot({ imports: [FromYourOwn] });
      await expect(refused).rejects.toThrow(InvalidConfigurationError);
      await expect(refused).rejects.toThrow('redis.url');
      await expect(refused).rejects.not.toThrow('secret');
    } finally {
      delete process.env['SHOP_REDIS'];
    }
  });
});
