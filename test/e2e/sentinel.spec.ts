import { startSentinels, type SentinelSetup } from '../servers/redis-sentinel.js';
import { waitFor } from '../servers/wait-for.js';
import { startTwoProcesses, type TwoProcesses } from './two-processes.js';

describe('an HTTP application and a worker in two processes behind Sentinel', () => {
  let setup: SentinelSetup;
  let processes: TwoProcesses;

  beforeAll(async () => {
    setup = await startSentinels();
    processes = await startTwoProcesses({ sentinels: setup.sentinels, name: setup.name });
  });

  afterAll(async () => {
    await processes.stop();
    await setup.stop();
  });

  it('go on with the new master after a failover, with the jobs that it has', async () => {
    const { api } = processes;
    expect(await api.run('add', { a: 1, b: 2 })).toBe(3);
    const later = await api.submit('add', { a: 2, b: 3 }, { delay: '3s' });
    await waitFor(async () => (await setup.replica.cli(['EXISTS', 'jobs:{sums}:scheduled'])) === '1', {
      what: 'the replica to have the delayed job',
    });

    await setup.master.kill('SIGKILL');
    await waitFor(async () => (await setup.currentMaster()).port === setup.replica.port, {
      what: 'the sentinels to name the replica',
    });
    const next = await waitFor(async () => {
      const submitted = await api.submit('add', { a: 3, b: 4 });
      return submitted.receipt === 'added' && submitted;
    });
    expect(await api.untilIn('completed', next)).toMatchObject({ result: 7 });
    expect(await api.untilIn('completed', later)).toMatchObject({ result: 5 });
  });
});
