import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { LivenessRecord } from 'nestjs-jobs/health';
import { gate, HealthApp } from '../../../../test/health/health-app.js';
import { startNodeProcess } from '../../../../test/servers/child-process.js';
import { waitFor } from '../../../../test/servers/wait-for.js';
import { StoreConnection } from '../application/ports/store-connection.js';

const folder = mkdtempSync(path.join(tmpdir(), 'nestjs-jobs-live-'));
const file = path.join(folder, 'live');

afterAll(() => rm(folder, { recursive: true, force: true }));

function read(): LivenessRecord {
  return JSON.parse(readFileSync(file, 'utf8')) as LivenessRecord;
}

describe('the liveness file', () => {
  let app: HealthApp;

  const age = (): number => app.clock.now() - Date.parse(read().time);

  /** Time passes, and what was written meanwhile is in the file. */
  async function pass(milliseconds: number): Promise<void> {
    await app.clock.advance(milliseconds);
    // Files are written in real time, and the next interval begins when that is done.
    await new Promise((resolve) => setTimeout(resolve, 20));
  }

  /** Interval by interval, until it is as old as that. */
  async function passUntil(condition: () => boolean, what: string): Promise<void> {
    await waitFor(
      async () => {
        await pass(1_000);
        return condition();
      },
      { what },
    );
  }

  beforeEach(async () => {
    writeFileSync(file, 'left by a process before this one');
    app = await HealthApp.start({
      routes: false,
      livenessFile: { path: file, interval: '1s', patience: '1m' },
    });
  });

  afterEach(() => app.close());

  it('is there when the application has booted, renewed while it lives, and gone when it has ended', async () => {
    const first = read();
    expect(first).toEqual({ time: expect.stringMatching(/^2026-01-01T/) as string, level: 'up', pid: process.pid });
    for (let round = 0; round < 3; round++) {
      const before = read().time;
      await passUntil(() => read().time !== before && age() <= 1_000, 'the file to be renewed');
    }
    await app.close();
    expect(await readdir(folder)).toEqual([]);
  });

  it('grows old while every slot is held by handlers that should have ended, and is renewed when one has', async () => {
    await app.jobs.submit('deaf');
    await app.jobs.submit('deaf');
    await passUntil(() => age() > 20_000, 'the file to grow old');
    gate.now.open();
    await passUntil(() => age() <= 1_000, 'the file to be renewed');
  });

  it('says degraded while the store is away, and grows old once its patience is over', async () => {
    const connection = app.nest.get(StoreConnection);
    connection.ping = async () => Promise.reject(new Error('away'));
    await passUntil(() => read().level === 'degraded' && age() <= 1_000, 'the file to tell');
    await passUntil(() => age() > 20_000, 'the file to grow old');
    expect(app.clock.now() - Date.parse('2026-01-01T00:00:00Z')).toBeGreaterThan(60_000);
    connection.ping = async () => 1;
    await passUntil(() => age() <= 1_000 && read().level === 'up', 'the file to be renewed');
  });

  it('is written again when it could not be', async () => {
    await rm(folder, { recursive: true });
    await passUntil(() => app.log.lines.some(({ message }) => message.includes('liveness file')), 'the log to tell');
    await mkdir(folder);
    await passUntil(() => existsSync(file), 'the file to be back');
  });
});

describe('nestjs-jobs-live', () => {
  const live = path.join(__dirname, 'live.ts');

  async function run(...args: readonly string[]): Promise<{ readonly code: number | null; readonly said: string }> {
    const started = await startNodeProcess(live, { args });
    const { code } = await started.exited;
    return { code, said: `${started.lines.join('\n')}${started.stderr}`.trim() };
  }

  function written(ago: number): void {
    writeFileSync(file, JSON.stringify({ time: new Date(Date.now() - ago).toISOString(), level: 'up', pid: 1 }));
  }

  it('exits with 0 while the file is young enough, and with 1 when it is not', async () => {
    written(60_000);
    expect(await run(file, '10m')).toEqual({
      code: 0,
      said: expect.stringMatching(/^alive 1(\.\d+)?m ago$/) as string,
    });
    expect(await run(file)).toEqual({
      code: 1,
      said: expect.stringMatching(/ was last renewed 1(\.\d+)?m ago, more than 30s$/) as string,
    });
  });

  it('believes no time that is yet to come', async () => {
    written(-3_600_000);
    expect(await run(file)).toMatchObject({ code: 1 });
  });

  it('exits with 1 when the file is not there or holds something else', async () => {
    expect(await run(path.join(folder, 'none'))).toMatchObject({ code: 1 });
    writeFileSync(file, '{}');
    expect(await run(file)).toMatchObject({ code: 1 });
    writeFileSync(file, 'alive');
    expect(await run(file)).toMatchObject({ code: 1 });
  });

  it('exits with 2 when it is called wrongly', async () => {
    expect(await run()).toMatchObject({ code: 2, said: expect.stringContaining('usage') as string });
    expect(await run(file, 'long')).toMatchObject({ code: 2, said: expect.stringContaining('max-age') as string });
  });
});
