import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

import { waitFor } from '../servers/wait-for.js';
import { useStage } from './harness/stage.js';
import type { WorkerProcess } from './harness/worker-process.js';

const stage = useStage({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] });

const AWAY = 60_000;
/** How long health may go on saying that all is well, in milliseconds: it asks for a second, and the machine may be busy. */
const NOTICED = 6_000;
const PATIENCE = 30_000;
const MOST_WAITING = 5;

/** What a process says of its health, from when this is called until it is stopped. */
class Watch {
  readonly seen: { readonly at: number; readonly level: string }[] = [];
  private readonly stopping = new AbortController();
  private readonly watching: Promise<void>;

  constructor(private readonly url: string) {
    this.watching = this.watch();
  }

  async level(path = 'jobs'): Promise<string> {
    const answer = await fetch(`${this.url}/health/${path}`);
    const { level } = (await answer.json()) as { readonly level: string };
    // What a load balancer reads and what a person reads are the same.
    expect(answer.status).toBe(level === 'down' ? 503 : 200);
    return level;
  }

  between(from: number, to: number): readonly string[] {
    return this.seen.filter(({ at }) => at >= from && at < to).map(({ level }) => level);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.watching;
  }

  private async watch(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      const at = performance.now();
      this.seen.push({ at, level: await this.level() });
      await pause(300);
    }
  }
}

async function watched(worker: WorkerProcess): Promise<Watch> {
  const line = await worker.waitForLine('listening at');
  return new Watch(line.slice('listening at '.length));
}

/** Counts who comes while Redis is away, and sends them away. */
async function doorkeeper(port: number): Promise<{ readonly turnedAway: () => number; leave(): Promise<void> }> {
  let count = 0;
  const server = createServer((socket) => {
    count += 1;
    socket.on('error', () => undefined).destroy();
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { turnedAway: () => count, leave: () => new Promise((resolve) => server.close(() => resolve())) };
}

it('while Redis is away for a minute health says so, submits wait as they may or fail at once, and then all goes on', async () => {
  const { journal, server } = stage();
  const { jobs, close } = await stage().submitter();
  const patient = await stage().worker({
    everyFeature: true,
    module: { lease: '120s', submits: { patience: PATIENCE, maxWaiting: MOST_WAITING } },
  });
  const impatient = await stage().worker({ everyFeature: true, module: { lease: '120s', submits: { patience: 0 } } });
  const watches = [await watched(patient), await watched(impatient)];
  const running = await jobs.submit('gated', {}, { queue: 'work' });
  const waiting = await jobs.submit('note', {}, { queue: 'work', delay: '5s' });
  await journal.waitFor({ event: 'begun', job: running.id });
  await waitFor(async () =>
    (await Promise.all(watches.map((watch) => watch.level()))).every((level) => level === 'up'),
  );
  await close();

  await server.kill('SIGKILL');
  const gone = performance.now();
  const until = (time: number): Promise<void> => pause(Math.max(0, gone + time - performance.now()));
  patient.open('gate');
  impatient.open('gate');
  const early = patient.submit(MOST_WAITING + 7);
  const atOnce = [await impatient.submit(3)];
  await until(NOTICED);
  for (const watch of watches)
    expect([await watch.level('jobs/ready'), await watch.level('jobs/live')]).toEqual(['down', 'up']);

  await until(AWAY / 2);
  const door = await doorkeeper(server.port);
  atOnce.push(await impatient.submit(3));
  await until(AWAY - PATIENCE / 3);
  const late = patient.submit(MOST_WAITING);
  await until(AWAY);
  const turnedAway = door.turnedAway();
  const kept = performance.now() - gone - AWAY / 2;
  await door.leave();
  const returning = performance.now();
  await server.restart();
  const back = performance.now();

  // Workers take jobs again by themselves, and health says so no sooner than it is true, and soon.
  const reborn = await stage().submitter();
  const next = await reborn.jobs.submit('note', {}, { queue: 'work' });
  await next.result({ timeout: '60s' });
  const resumed = performance.now() - back;
  await waitFor(async () =>
    (await Promise.all(watches.map((watch) => watch.level()))).every((level) => level === 'up'),
  );
  const wellAgain = performance.now() - back;
  await Promise.all(watches.map((watch) => watch.stop()));

  for (const watch of watches) {
    const levels = watch.between(gone + NOTICED, returning);
    expect(levels.length).toBeGreaterThan(20);
    expect(new Set(levels)).toEqual(new Set(['down']));
  }
  expect(resumed).toBeLessThan(10_000);
  expect(wellAgain).toBeLessThan(15_000);
  // Three connections of each process try at least once a second; what a busy machine makes of that is half as often.
  expect(turnedAway).toBeGreaterThan((6 * kept) / 2_000);

  for (const outcomes of atOnce) {
    expect(outcomes).toMatchObject([1, 2, 3].map(() => ({ code: 'store-unavailable' })));
    expect(Math.max(...outcomes.map(({ took }) => took))).toBeLessThan(5_000);
  }
  const refused = (await early).filter(({ message }) => message?.includes('submits.maxWaiting: 5'));
  const givenUp = (await early).filter((outcome) => !refused.includes(outcome));
  expect([refused.length, givenUp.length]).toEqual([7, MOST_WAITING]);
  expect(Math.max(...refused.map(({ took }) => took))).toBeLessThan(5_000);
  expect(new Set([...refused, ...givenUp].map(({ code }) => code))).toEqual(new Set(['store-unavailable']));
  expect(givenUp[0]?.message).toMatch(`127.0.0.1:${server.port} could not be asked to submit: connect ECONNREFUSED`);
  expect(Math.min(...givenUp.map(({ took }) => took))).toBeGreaterThan(PATIENCE * 0.9);
  expect((await late).map(({ code }) => code)).toEqual(Array.from({ length: MOST_WAITING }, () => undefined));

  // Nothing that was acknowledged is lost, and nothing ran twice for it.
  for (const job of [running, waiting]) {
    await waitFor(async () => (await reborn.jobs.get(job))?.state === 'completed', {
      what: 'the earlier jobs to be done',
    });
  }
  expect((await stage().settled()).byState).toEqual(new Map([['completed', 3 + MOST_WAITING]]));
  expect(journal.repeated('begun').size).toBe(0);
}, 240_000);
