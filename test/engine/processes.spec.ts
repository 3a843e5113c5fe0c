import { WorkerFleet } from '../../libs/jobs/src/application/processes/worker-fleet.js';
import { WorkerNotFoundError } from '../../libs/jobs/src/domain/errors/operation-errors.js';
import { createMemoryStore } from '../../libs/jobs/src/adapters/memory/create-memory-store.js';
import { VirtualClock } from '../../libs/jobs/src/testing/virtual-clock.js';
import { Gate } from './gate.js';
import { startEngine, type TestEngine } from './start-engine.js';

describe('the fleet of workers', () => {
  let clock: VirtualClock;
  let one: TestEngine;
  let other: TestEngine;
  let fleet: WorkerFleet;

  beforeEach(async () => {
    clock = new VirtualClock();
    const ports = createMemoryStore({ clock });
    one = await startEngine({ clock, ports, workers: [{ size: 2, concurrency: 3 }], handlers: { work: () => 1 } });
    other = await startEngine({ clock, ports, workers: [] });
    fleet = new WorkerFleet(ports.processes, ports.notifier);
    await clock.advance(100);
  });

  afterEach(async () => {
    await one.close();
    await other.close();
  });

  it('shows every process, its workers, and what they run', async () => {
    const gate = new Gate();
    one.jobs.register('slow', () => gate.opened);
    const { id } = await one.jobs.submit('slow', {});
    await clock.advance(6_000);
    const processes = await fleet.processes();
    expect(processes.map(({ workers, silent }) => `${workers.length} ${String(silent)}`).toSorted()).toEqual([
      '0 false',
      '2 false',
    ]);
    const busy = (await fleet.workers()).find((worker) => worker.busy > 0);
    expect(busy).toMatchObject({ state: 'running', concurrency: 3, busy: 1, pid: process.pid, queues: ['default'] });
    expect(busy?.currentJobs).toEqual([{ queue: 'default', id, type: 'slow', attempt: 1 }]);
    gate.open();
  });

  it('pauses, resumes and stops a worker of another process within a moment', async () => {
    const [worker] = await fleet.workers();
    const { id } = worker as { readonly id: string };
    const states = async (): Promise<string | undefined> =>
      (await fleet.workers()).find((each) => each.id === id)?.state;
    for (const [order, state] of [
      ['pause', 'paused'],
      ['resume', 'running'],
      ['stop', 'stopped'],
    ] as const) {
      await fleet[order](id);
      await clock.advance(300);
      expect(one.pool.worker(id)?.state).toBe(state);
      expect(await states()).toBe(state);
    }
  });

  it('knows no worker that nobody has', async () => {
    await expect(fleet.pause('nobody#1')).rejects.toThrow(WorkerNotFoundError);
  });

  it('obeys an order once: what is then done in the process itself stays', async () => {
    const [worker] = one.pool.all();
    await fleet.pause(worker?.id ?? '');
    await clock.advance(300);
    worker?.resume();
    await clock.advance(20_000);
    expect(worker?.state).toBe('running');
  });

  it('sees a process fall silent, and forgets one that ended', async () => {
    await other.close();
    expect(await fleet.processes()).toHaveLength(1);
    const { processes: directory } = one.ports;
    const [live] = await directory.list();
    await directory.publish({ ...(live as NonNullable<typeof live>), holder: 'lost:1:x' }, 0);
    await clock.advance(25_000);
    expect((await fleet.processes()).filter(({ silent }) => silent).map(({ holder }) => holder)).toEqual(['lost:1:x']);
    await clock.advance(700_000);
    expect(await fleet.processes()).toHaveLength(1);
  });
});
