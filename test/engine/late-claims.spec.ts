import { createMemoryStore } from '../../libs/jobs/src/adapters/memory/create-memory-store.js';
import { type Claim, JobStore } from '../../libs/jobs/src/application/ports/job-store.js';
import type { StorePorts } from '../../libs/jobs/src/application/ports/store-ports.js';
import { VirtualClock } from '../../libs/jobs/src/testing/virtual-clock.js';
import { Gate } from './gate.js';
import { startEngine, type TestEngine } from './start-engine.js';

/** The same ports, whose next claim that brings a job is answered when the gate opens. */
function withLateClaim(ports: StorePorts, gate: Gate): StorePorts {
  let isLate = true;
  const jobs = new Proxy(ports.jobs, {
    get(target, verb) {
      if (verb !== 'claim') {
        const value: unknown = Reflect.get(target, verb, target);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      }
      return async (request: Parameters<JobStore['claim']>[0]): Promise<Claim> => {
        const claim = await target.claim(request);
        if (isLate && claim.jobs.length > 0) {
          isLate = false;
          await gate.opened;
        }
        return claim;
      };
    },
  });
  return { ...ports, jobs };
}

describe('a claim whose answer comes when its lease has passed', () => {
  const clock = new VirtualClock();
  const started: TestEngine[] = [];

  async function start(ports: StorePorts, handler: () => void): Promise<TestEngine> {
    const engine = await startEngine({ clock, ports, handlers: { once: handler } });
    started.push(engine);
    return engine;
  }

  afterEach(async () => {
    for (const engine of started.splice(0)) {
      await engine.close();
    }
  });

  it('begins no job that another process has run since', async () => {
    const ports = createMemoryStore({ clock });
    const gate = new Gate();
    const begun: string[] = [];
    const late = await start(withLateClaim(ports, gate), () => void begun.push('late'));
    const job = await late.jobs.submit('once');
    await late.until(async () => (await job.get())?.state === 'running');
    await start(ports, () => void begun.push('other'));
    await late.until(() => begun.length > 0, 60_000);
    gate.open();
    await clock.advance(30_000);
    expect(begun).toEqual(['other']);
    expect(await job.get()).toMatchObject({ state: 'completed', attempts: 1 });
  });

  it('loses none that nobody has taken: it goes back, and is run', async () => {
    const ports = createMemoryStore({ clock });
    const gate = new Gate();
    const begun: string[] = [];
    const late = await start(withLateClaim(ports, gate), () => void begun.push('late'));
    const job = await late.jobs.submit('once');
    await late.until(async () => (await job.get())?.state === 'running');
    await clock.advance(20_000);
    gate.open();
    await clock.advance(20_000);
    expect(begun).toEqual(['late']);
    expect(await job.get()).toMatchObject({ state: 'completed', attempts: 1 });
  });
});
