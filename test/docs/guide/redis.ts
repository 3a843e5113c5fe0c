import { Redis } from 'ioredis';
import type { JobsModuleOptions } from 'nestjs-jobs';

export const byUrl: JobsModuleOptions = { redis: { url: 'redis://user:secret@redis.internal:6379/0' } };

export const byUrlAlone: JobsModuleOptions = { redis: 'redis://redis.internal:6379' };

export const byHost: JobsModuleOptions = { redis: { host: 'redis.internal', port: 6379, db: 2 } };

export const withTls: JobsModuleOptions = {
  redis: { url: 'rediss://redis.internal:6380', tls: { ca: '-----BEGIN CERTIFICATE-----…' } },
};

export const sentinels: JobsModuleOptions = {
  redis: {
    sentinels: [{ host: 'sentinel-1' }, { host: 'sentinel-2' }, { host: 'sentinel-3' }], // port 26379 unless told
    name: 'mymaster',
    password: 'secret',
    sentinelPassword: 'another',
  },
};

export const cluster: JobsModuleOptions = {
  redis: {
    nodes: [{ host: 'node-1', port: 6379 }, 'redis://node-2:6379'],
    options: { redisOptions: { username: 'jobs', password: 'secret', tls: {} } },
  },
};

export const confirmed: JobsModuleOptions = {
  redis: { url: 'redis://redis.internal:6379', durability: { replicas: 1, appendOnly: true, timeout: '5s' } },
};
export const failsAtOnce: JobsModuleOptions = { submits: { patience: 0 } };

export const waits: JobsModuleOptions = { submits: { patience: '2m', maxWaiting: 1_000 } };

const redis = new Redis('redis://redis.internal:6379', { lazyConnect: true });

export const ownClient: JobsModuleOptions = { redis: { client: redis }, prefix: 'shop' };
