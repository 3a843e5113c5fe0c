import type { Cut } from '../servers/tcp-proxy.js';
import { waitFor } from '../servers/wait-for.js';
import { callOf } from './harness/scripts.js';
import { Seeded } from './harness/seeded.js';
import { useStage } from './harness/stage.js';
import { judge } from './harness/verdict.js';

const stage = useStage({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] });

const seeded = Seeded.fromEnvironment();

/** A journal's line is some hundred bytes: a strike comes when up to so many jobs of its round have been begun. */
const LATEST_STRIKE = 10_000;

describe(`many faults in a row (replay with CHAOS_SEED=${seeded.seed})`, () => {
  it('lose nothing, and run nothing twice but what a dead process held', async () => {
    const { journal, redis, server } = stage();
    const network = { producers: await stage().proxy(), workers: await stage().proxy() };
    const producers = await Promise.all(
      [1, 2].map(() => stage().producer({ redis: { url: network.producers.url }, defaults: { maxCrashes: 50 } })),
    );
    const module = { redis: { url: network.workers.url }, lease: '2s', heartbeat: '400ms' } as const;
    const setup = { module, shutdownHooks: true };
    const workers = [stage().supervised(setup), stage().supervised(setup)] as const;
    const one = (): (typeof workers)[number] => workers[seeded.between(0, 1)] ?? workers[0];
    const cuts: Cut[] = [];
    const stopped: (() => Promise<void>)[] = [];

    const faults: Readonly<Record<string, () => unknown>> = {
      'the replies of submits are lost': () =>
        cuts.push(network.producers.cutAfterRequest(callOf('submit'), seeded.between(1, 5))),
      'the replies of claims are lost': () =>
        cuts.push(network.workers.cutAfterRequest(callOf('claim'), seeded.between(1, 5))),
      'the replies of settles are lost': () =>
        cuts.push(network.workers.cutAfterRequest(callOf('settle'), seeded.between(1, 5))),
      'settles do not arrive': () =>
        cuts.push(network.workers.cutBeforeRequest(callOf('settle'), seeded.between(1, 5))),
      'the replies of heartbeats are lost': () =>
        cuts.push(network.workers.cutAfterRequest(callOf('tick'), seeded.between(1, 3))),
      'the workers lose their connections': () => network.workers.dropAll(),
      'the producers lose their connections': () => network.producers.dropAll(),
      'a worker is killed': () => one().signal('SIGKILL'),
      'a worker is asked to end': () => one().signal('SIGTERM'),
      'a worker is stopped for a round': async () => {
        const worker = one();
        await worker.signal('SIGSTOP');
        stopped.push(() => worker.signal('SIGCONT'));
      },
      'Redis forgets its scripts': () => redis.script('FLUSH'),
      'Redis closes its connections': () => redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'),
      'Redis is killed and started again': async () => {
        await server.kill('SIGKILL');
        await server.restart();
      },
    };

    for (const fault of seeded.shuffled(Object.keys(faults))) {
      const before = journal.size;
      const strikeAt = seeded.between(0, LATEST_STRIKE);
      const retain = seeded.between(0, 1) === 0 ? { retain: 0 } : {};
      for (const producer of producers) producer.send({ batches: 4, size: 25, ...retain });
      await waitFor(() => journal.size - before >= strikeAt, { what: `work to go on before ${fault}` });
      await faults[fault]?.();
      for (const producer of producers) {
        const said = await producer.waitForLine(/^(acknowledged|refused)/, 60_000);
        expect(`${fault}: ${said}`).toBe(`${fault}: acknowledged`);
      }
      for (const goOn of stopped.splice(0)) await goOn();
    }
    for (const cut of cuts) cut.cancel();
    const audit = await stage().settled('work', 60_000);

    // One that was asked to end has ended what it ran, or given it back, unless it died of the signal: it did not listen yet.
    const deaths = workers.flatMap((worker) => worker.deaths).filter(({ signal }) => signal !== null);
    expect(judge({ journal, deaths, attempts: { flaky: 2 }, stored: audit.jobs })).toMatchObject({
      lost: [],
      doubled: [],
      completedTwice: [],
      overwritten: [],
      overAttempted: [],
    });
    expect(journal.acknowledged()).toHaveLength(13 * 2 * 4 * 25);
    expect([...audit.byState.keys()]).toEqual(['completed']);
  }, 180_000);
});
