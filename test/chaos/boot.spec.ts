import { join } from 'node:path';

import { type NodeExit, startNodeProcess } from '../servers/child-process.js';
import { claimPort } from '../servers/ports.js';
import { startRedisServer } from '../servers/redis-server.js';

const APPLICATION = join(__dirname, 'fixtures', 'smallest-application.ts');

async function boot(url: string): Promise<{ readonly exit: NodeExit; readonly said: string }> {
  const child = await startNodeProcess(APPLICATION, {
    args: [JSON.stringify({ redis: { url } })],
    env: { NO_COLOR: '1' },
  });
  const exit = await child.exited;
  return { exit, said: [...child.lines, child.stderr].join('\n') };
}

describe('an application that boots', () => {
  it('while Redis cannot be reached ends with code 1, one line that says where and why, and no password', async () => {
    const { port, release } = await claimPort();
    const { exit, said } = await boot(`redis://worker:s3cret-word@127.0.0.1:${port}`);
    release();
    expect(exit).toEqual({ code: 1, signal: null });
    const place = `127.0.0.1:${port}`;
    expect(said.split('\n')).toContainEqual(
      expect.stringMatching(new RegExp(`Redis at ${place} cannot be used: connect ECONNREFUSED ${place}$`)),
    );
    expect(said).not.toContain('s3cret-word');
    expect(said).not.toContain('ready');
  });

  it('with a wrong password ends with code 1 and shows neither', async () => {
    const server = await startRedisServer({ password: 'the-right-word' });
    try {
      const { exit, said } = await boot(`redis://:the-wrong-word@${server.host}:${server.port}`);
      expect(exit).toEqual({ code: 1, signal: null });
      expect(said).toContain(`Redis at ${server.host}:${server.port}`);
      expect(said).toContain('WRONGPASS');
      expect(said).not.toContain('the-wrong-word');
    } finally {
      await server.stop();
    }
  });

  it('on a Redis that would evict jobs ends with code 1 and names the setting', async () => {
    const server = await startRedisServer({ args: ['--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lru'] });
    try {
      const { exit, said } = await boot(server.url);
      expect(exit).toEqual({ code: 1, signal: null });
      expect(said).toContain('maxmemory-policy');
      expect(said).toContain('noeviction');
    } finally {
      await server.stop();
    }
  });
});
