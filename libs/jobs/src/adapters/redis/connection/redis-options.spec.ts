import { describeTarget, secretsOf, toTarget } from './redis-options.js';

describe('where Redis is', () => {
  it.each([
    [{}, { host: '127.0.0.1', port: 6379 }, 'Redis at 127.0.0.1:6379'],
    [{ host: 'h', port: 1, db: 2 }, { host: 'h', port: 1, db: 2 }, 'Redis at h:1/2'],
    [{ url: 'redis://h' }, { host: 'h', port: 6379 }, 'Redis at h:6379'],
    [
      { url: 'rediss://u%40:p%2F@h:7/3' },
      { host: 'h', port: 7, username: 'u@', password: 'p/', db: 3, tls: {} },
      'Redis at h:7/3',
    ],
    [{ url: 'redis://[::1]:7' }, { host: '::1', port: 7 }, 'Redis at ::1:7'],
    [
      { url: 'redis://h', password: 'other', tls: { ca: 'pem' } },
      { host: 'h', port: 6379, password: 'other', tls: { ca: 'pem' } },
      'Redis at h:6379',
    ],
    [
      { sentinels: [{ host: 'a', port: 1 }], name: 'm', sentinelPassword: 's', password: 'p' },
      { sentinels: [{ host: 'a', port: 1 }], name: 'm', sentinelPassword: 's', password: 'p' },
      "Redis 'm' behind the sentinels a:1",
    ],
    [
      { options: { path: '/tmp/redis.sock' } },
      { host: '127.0.0.1', port: 6379, path: '/tmp/redis.sock' },
      'Redis at /tmp/redis.sock',
    ],
  ])('%j', (location, options, description) => {
    const target = toTarget(location);
    expect(target).toEqual({ kind: 'single', options });
    expect(describeTarget(target)).toBe(description);
  });

  it('may be a Cluster', () => {
    const target = toTarget({ nodes: ['redis://:secret@a:1', { host: 'b', port: 2 }], username: 'u', tls: true });
    expect(target).toMatchObject({ kind: 'cluster', redisOptions: { username: 'u', tls: {} } });
    expect(describeTarget(target)).toBe('Redis Cluster at a:1, b:2');
    expect(secretsOf(target)).toEqual(['secret']);
  });

  it('has its secrets found, wherever they stand', () => {
    const target = toTarget({
      sentinels: [{ host: 'a', port: 1 }],
      name: 'm',
      password: 'one',
      sentinelPassword: 'two',
      tls: { passphrase: 'three' },
    });
    expect([...secretsOf(target)].toSorted((a, b) => a.localeCompare(b))).toEqual(['one', 'three', 'two']);
  });
});
