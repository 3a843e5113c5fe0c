import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { Redis, Cluster } from 'ioredis';

import { ask } from './ask.js';
import { startNodeProcess } from './child-process.js';
import { startRedisCluster } from './redis-cluster.js';
import { startSentinels } from './redis-sentinel.js';
import { startRedisServer } from './redis-server.js';
import { waitFor } from './wait-for.js';

const FIXTURES = join(__dirname, 'fixtures');

type Stoppable = { stop(): Promise<void> };
const running: Stoppable[] = [];

function stoppedAfterwards<T extends Stoppable>(server: T): T {
  running.push(server);
  return server;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
});

describe('a Redis server', () => {
  it('answers, says what it is, and leaves nothing behind', async () => {
    const server = stoppedAfterwards(await startRedisServer());
    expect(await server.cli('PING')).toBe('PONG');
    expect(await server.cli(['SET', 'a key', 'two words'])).toBe('OK');
    expect(await server.cli('GET "a key"')).toBe('two words');
    expect(await server.cli('GET missing')).toBe('(nil)');
    await expect(server.cli('INCR "a key"')).rejects.toThrow('not an integer');
    expect(server.url).toBe(`redis://127.0.0.1:${server.port}`);
    const info = await server.cli('INFO server');
    expect(info).toContain(`process_id:${server.pid}\r\n`);
    expect(server.version).toMatch(/^\d+\.\d+\.\d+$/);

    await server.stop();
    expect(isAlive(server.pid)).toBe(false);
    expect(existsSync(server.dir)).toBe(false);
    await expect(server.cli('PING')).rejects.toThrow('ECONNREFUSED');
  });

  it('comes back empty without persistence, on the same port', async () => {
    const server = stoppedAfterwards(await startRedisServer());
    const { pid, port } = server;
    await server.cli('SET key value');
    await server.restart();
    expect(server.port).toBe(port);
    expect(server.pid).not.toBe(pid);
    expect(await server.cli('GET key')).toBe('(nil)');
  });

  it('keeps its data in an append-only file over a restart and a SIGKILL', async () => {
    const server = stoppedAfterwards(await startRedisServer({ args: ['--appendonly', 'yes'] }));
    await server.cli('SET first 1');
    await server.restart();
    await server.cli('SET second 2');
    await server.kill('SIGKILL');
    expect(server.running).toBe(false);
    await server.restart();
    expect(await server.cli('MGET first second')).toBe('1\n2');
  });

  it('is silent while it is stopped by a signal', async () => {
    const server = stoppedAfterwards(await startRedisServer());
    await server.kill('SIGSTOP');
    await expect(ask({ host: server.host, port: server.port, timeout: 300 }, 'PING')).rejects.toThrow('did not answer');
    await server.kill('SIGCONT');
    expect(await server.cli('PING')).toBe('PONG');
  });

  it('can ask for a password', async () => {
    const server = stoppedAfterwards(await startRedisServer({ password: 'p@ss word' }));
    expect(await server.cli('PING')).toBe('PONG');
    const client = new Redis(server.url);
    expect(await client.ping()).toBe('PONG');
    client.disconnect();
    await expect(ask({ host: server.host, port: server.port }, 'PING')).rejects.toThrow('NOAUTH');
  });

  it('says why it did not start', async () => {
    await expect(startRedisServer({ args: ['--maxmemory-policy', 'nonsense'] })).rejects.toThrow(/nonsense/);
  });

  it.each(['running', 'SIGSTOP'])('ends with a parent that is killed by SIGKILL (%s)', async (state) => {
    const parent = await startNodeProcess(join(FIXTURES, 'server-owner.ts'));
    const line = await parent.waitForLine('owns ');
    const { pid, port, dir } = JSON.parse(line.slice('owns '.length)) as { pid: number; port: number; dir: string };
    expect(await ask({ host: '127.0.0.1', port }, 'PING')).toBe('PONG');
    if (state === 'SIGSTOP') process.kill(pid, 'SIGSTOP');
    await parent.kill('SIGKILL');
    await waitFor(() => !isAlive(pid), { what: 'the server to end with its parent' });
    await waitFor(() => !existsSync(dir), { what: 'its folder to be removed' });
  });
});

describe('a Redis cluster', () => {
  it('takes a key in each slot range', async () => {
    const cluster = stoppedAfterwards(await startRedisCluster());
    expect(cluster.nodes).toHaveLength(3);
    const client = new Cluster([...cluster.seeds]);
    const owners = new Set<number>();
    for (let index = 0; owners.size < 3; index += 1) {
      const key = `key-${index}`;
      await client.set(key, index);
      const owner = await cluster.nodeFor(key);
      expect(await owner.cli(['GET', key])).toBe(String(index));
      owners.add(owner.port);
    }
    client.disconnect();
  });

  it('can have replicas', async () => {
    const cluster = stoppedAfterwards(await startRedisCluster({ replicas: 1 }));
    const roles = await Promise.all(cluster.nodes.map(async (node) => (await node.cli('ROLE')).split('\n')[0]));
    expect(roles).toEqual(['master', 'master', 'master', 'slave', 'slave', 'slave']);
  });
});

describe('sentinels', () => {
  it('name the master, and another one when it is gone', async () => {
    const setup = stoppedAfterwards(await startSentinels());
    expect(setup.sentinels).toHaveLength(3);
    const { master, replica } = setup;
    expect(await setup.currentMaster()).toEqual({ host: master.host, port: master.port });

    const client = new Redis({ sentinels: [...setup.sentinels], name: setup.name });
    await client.set('key', 'value');
    expect(await master.cli('GET key')).toBe('value');
    client.disconnect();

    await master.kill('SIGKILL');
    await waitFor(async () => (await setup.currentMaster()).port === replica.port, { what: 'a failover' });
    await waitFor(async () => (await replica.cli('ROLE')).startsWith('master'), { what: 'the replica to lead' });
  });
});

describe('a child process', () => {
  it('runs a Nest application from TypeScript, with its metadata', async () => {
    const child = await startNodeProcess(join(FIXTURES, 'nest-application.ts'), {
      args: ['one', 'two'],
      env: { FIXTURE_WORD: 'three' },
    });
    expect(await child.waitForLine('injected')).toBe('injected UTC, 1 parameter');
    expect(await child.waitForLine(/^hello/)).toBe('hello one two three');
    child.send({ question: 1 });
    expect(await child.waitForLine('received')).toBe('received {"question":1}');
    child.send('close');
    expect(await child.exited).toEqual({ code: 0, signal: null });
  });

  it('can be killed', async () => {
    const child = await startNodeProcess(join(FIXTURES, 'nest-application.ts'));
    await child.waitForLine('injected');
    await child.kill('SIGKILL');
    expect(await child.exited).toEqual({ code: null, signal: 'SIGKILL' });
    expect(isAlive(child.pid)).toBe(false);
  });

  it('ends when it has nothing left to do', async () => {
    const child = await startNodeProcess(join(FIXTURES, 'greeting.ts'));
    expect(await child.exited).toEqual({ code: 0, signal: null });
  });

  it('ends with a parent that is killed by SIGKILL', async () => {
    const parent = await startNodeProcess(join(FIXTURES, 'process-owner.ts'));
    const pid = Number((await parent.waitForLine('owns ')).slice('owns '.length));
    expect(isAlive(pid)).toBe(true);
    await parent.kill('SIGKILL');
    await waitFor(() => !isAlive(pid), { what: 'the child to end with its parent' });
  });

  it('shows its errors, at the lines of the source', async () => {
    const child = await startNodeProcess(join(FIXTURES, 'broken.ts'));
    await expect(child.waitForLine('never printed')).rejects.toThrow(/broken\.ts:2[\s\S]*the fixture broke/);
    expect(child.lines).toEqual(['before the error']);
  });
});

describe('waitFor', () => {
  it('resolves with the value that it waited for', async () => {
    let calls = 0;
    const value = await waitFor(() => {
      calls += 1;
      if (calls < 3) throw new Error('not yet');
      return calls;
    });
    expect(value).toBe(3);
  });

  it('says what it waited for, and why that did not hold', async () => {
    const failing = waitFor(() => Promise.reject(new Error('no such key')), { timeout: 0, what: 'the key' });
    await expect(failing).rejects.toThrow('timed out after 0 ms waiting for the key: no such key');
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
