import type { ConfigService } from '@nestjs/config';
import type { JobsModuleOptions } from 'nestjs-jobs';
import { hasManagementApi } from './management-api.js';

/** `redis` where `REDIS_URL` says which, else `memory`. */
export function storeOf(config: ConfigService): 'redis' | 'memory' {
  return config.get<string>('REDIS_URL') ? 'redis' : 'memory';
}

/** How the shop's jobs are kept and worked. */
export function jobsOptions(config: ConfigService): JobsModuleOptions {
  const url = config.get<string>('REDIS_URL');
  return {
    store: storeOf(config),
    ...(url ? { redis: { url } } : {}),
    prefix: 'shop',
    worker: {
      size: 4,
      concurrency: 5,
      // Shares of the work while all of them wait: what a buyer waits for goes first, and nothing starves.
      queues: {
        orders: 100,
        mail: 50,
        images: 20,
        reports: 10,
        ...(hasManagementApi() ? { 'jobs.bulk': 10 } : {}),
      },
    },
  };
}
