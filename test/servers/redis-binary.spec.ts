import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { RedisBinary } from './redis-binary.js';

describe('finding a server program', () => {
  const given = process.env['REDIS_SERVER_BIN'];
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nestjs-jobs-binary-'));
  });
  afterEach(async () => {
    process.env['REDIS_SERVER_BIN'] = given;
    await rm(folder, { recursive: true, force: true });
  });

  /** A copy of the module that has found nothing yet. */
  async function find(named: string): Promise<RedisBinary> {
    process.env['REDIS_SERVER_BIN'] = named;
    let found: Promise<RedisBinary> | undefined;
    await jest.isolateModulesAsync(async () => {
      const { findRedis } = await import('./redis-binary.js');
      found = findRedis();
      await found.catch(() => undefined);
    });
    if (found === undefined) throw new Error('the module was not loaded');
    return found;
  }

  async function program(versionLine: string): Promise<string> {
    const path = join(folder, 'redis-server');
    await writeFile(path, `#!/bin/sh\necho "${versionLine}"\n`);
    await chmod(path, 0o755);
    return path;
  }

  it('takes the one that the environment names', async () => {
    const path = await program('Valkey server v=8.1.3 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64');
    expect(await find(path)).toMatchObject({ path, name: 'valkey-server', version: '8.1.3' });
  });

  it('refuses one that is too old, and says what to install', async () => {
    const path = await program('Redis server v=6.0.16 sha=00000000:0 malloc=jemalloc-5.2.1 bits=64');
    await expect(find(path)).rejects.toThrow(
      /version 6\.0\.16\.\n[\s\S]*apt-get install redis-server[\s\S]*brew install/,
    );
  });

  it.each(['/nowhere/redis-server', '/bin/echo'])('refuses %s, which is no server', async (path) => {
    await expect(find(path)).rejects.toThrow(`REDIS_SERVER_BIN is "${path}", which does not run as a Redis server.`);
  });
});
