import { createMemoryStore } from '../../libs/jobs/src/adapters/memory/create-memory-store.js';
import type { Claim } from '../../libs/jobs/src/application/ports/job-store.js';
import type { HandedOver, Unsubscribe } from '../../libs/jobs/src/application/ports/notifier.js';
import type { StorePorts } from '../../libs/jobs/src/application/ports/store-ports.js';
import { VirtualClock } from '../../libs/jobs/src/testing/virtual-clock.js';
import { type EngineOptions, startEngine, type TestEngine } from './start-engine.js';

const QUEUE = 'default';

/** A store that hands a job over when the test says so: it leases it to the engine, and then tells or does not tell. */
class HandingStore {
  readonly clock = new VirtualClock();
  readonly ports: StorePorts = createMemoryStore({ clock: this.clock });
  /** For how many jobs the engine stood by at each of its claims. */
  readonly standBys: number[] = [];
  private listener: (queue: string, handed: HandedOver) => void = () => undefined;
  private holder = '';

  constructor() {
    const { notifier, jobs } = this.ports;
    notifier.onHandedOver = async (_queues, holder, listener): Promise<Unsubscribe> => {
      this.holder = holder;
      this.listener = listener;
      return async () => undefined;
    };
    const claim = jobs.claim.bind(jobs);
    jobs.claim = (request): Promise<Claim> => {
      this.standBys.push(request.standBy ?? 0);
      // Nothing is found by asking, so that whatever runs was handed over.
      return claim({ ...request, limit: 0 });
    };
    this.lease = async (limit) => {
      const {
        token,
        jobs: leased,
        now,
      } = await claim({
        queue: QUEUE,
        holder: this.holder,
        limit,
        lease: 60_000,
        suspects: false,
      });
      return { token, jobs: leased, now };
    };
  }

  readonly lease: (limit: number) => Promise<HandedOver>;

  tell(handed: HandedOver): void {
    this.listener(QUEUE, handed);
  }
}

describe('jobs that are handed over', () => {
  const engines: TestEngine[] = [];
  let store: HandingStore;

  beforeEach(() => {
    store = new HandingStore();
  });

  afterEach(async () => {
    await Promise.all(engines.splice(0).map((engine) => engine.close()));
  });

  async function start(options: EngineOptions): Promise<TestEngine> {
    const engine = await startEngine({ clock: store.clock, ports: store.ports, ...options });
    engines.push(engine);
    return engine;
  }

  it('begin at once, and are settled like any other', async () => {
    const engine = await start({ handlers: { any: () => 'done' } });
    const job = await engine.jobs.submit('any');
    store.tell(await store.lease(1));
    expect(engine.events.map(({ kind }) => kind)).toEqual(['submitted', 'started']);
    await engine.until(async () => (await job.get())?.state === 'completed');
    expect((await job.get())?.result).toBe('done');
  });

  it('begin as far as there are slots; the others go back at once where jobs are not short', async () => {
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const engine = await start({ workers: [{ size: 1, concurrency: 1 }], handlers: { slow: () => gate } });
    const [first, second] = [await engine.jobs.submit('slow'), await engine.jobs.submit('slow')];
    store.tell(await store.lease(2));
    expect(engine.events.filter(({ kind }) => kind === 'started').map(({ id }) => id)).toEqual([first.id]);
    await engine.until(async () => (await second.get())?.state === 'pending');
    expect((await second.get())?.attempts).toBe(0);
    open();
  });

  it('do not begin when the notice is so old that the store may have taken them back', async () => {
    const engine = await start({ handlers: { any: () => 1 } });
    const job = await engine.jobs.submit('any');
    const handed = await store.lease(1);
    await store.clock.advance(1_500);
    store.tell(handed);
    expect(engine.events.some(({ kind }) => kind === 'started')).toBe(false);
    // The next tick does not name it.
    await engine.until(async () => (await job.get())?.state === 'pending');
  });

  it('go back, unharmed, when they come to a process that stops', async () => {
    const engine = await start({ handlers: { any: () => 1 } });
    const job = await engine.jobs.submit('any');
    const handed = await store.lease(1);
    const draining = engine.engine.drain();
    store.tell(handed);
    await store.clock.advance(1_000);
    await draining;
    expect(await job.get()).toMatchObject({ state: 'pending', attempts: 0 });
  });

  it('are expected for the slots that are free', async () => {
    const engine = await start({ workers: [{ size: 2, concurrency: 4 }], handlers: { any: () => 1 } });
    await engine.until(() => store.standBys.length > 0);
    expect(store.standBys).toEqual([8]);
  });
});
