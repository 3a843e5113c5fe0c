import { join } from 'node:path';

import { startNodeProcess } from '../servers/child-process.js';
import { startRedisServer } from '../servers/redis-server.js';
import type { OpenAndCloseOptions, RemainsReport } from './fixtures/remains.js';

const ROUNDS = 200;
const FIRST = 40;

/** Bytes that the heap may have grown by for each round: an application that is not let go of takes a multiple. */
const GROWTH = 50_000;

async function openAndClose(options: Omit<OpenAndCloseOptions, 'rounds' | 'first'>): Promise<RemainsReport> {
  const child = await startNodeProcess(join(__dirname, 'fixtures', 'opened-and-closed.ts'), {
    args: [JSON.stringify({ ...options, rounds: ROUNDS, first: FIRST } satisfies OpenAndCloseOptions)],
  });
  try {
    const line = await child.waitForLine('remains ', 360_000);
    expect(await child.exited).toEqual({ code: 0, signal: null });
    return JSON.parse(line.slice('remains '.length)) as RemainsReport;
  } finally {
    await child.kill();
  }
}

function leavesNothing({ before, after, troubles }: RemainsReport): void {
  expect(troubles).toEqual([]);
  // Where there is more, the stack traces of what was not there before say where it comes from.
  const added = after.from.filter((from) => !before.from.includes(from));
  expect({ open: after.open, added }).toEqual({ open: before.open, added: [] });
  expect(after.resources).toEqual(before.resources);
  expect(after.listeners).toEqual(before.listeners);
  expect([before.clients, after.clients]).toEqual([0, 0]);
  expect((after.heap - before.heap) / (ROUNDS - FIRST)).toBeLessThan(GROWTH);
}

describe(`an application with every module that is opened, runs a job and is closed ${ROUNDS} times leaves nothing behind`, () => {
  it('on Redis', async () => {
    const redis = await startRedisServer();
    try {
      const { host, port } = redis;
      leavesNothing(await openAndClose({ module: { redis: redis.url }, redis: { host, port } }));
    } finally {
      await redis.stop();
    }
  }, 370_000);

  it('in memory', async () => {
    leavesNothing(await openAndClose({ module: { store: 'memory' } }));
  }, 370_000);
});
