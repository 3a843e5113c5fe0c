import type { Seeded } from '../harness/seeded.js';
import type { Submitter } from '../harness/submitter.js';
import type { SupervisedWorker } from '../harness/supervised-worker.js';
import { QUEUE } from '../fixtures/worker-options.js';
import type { Fault } from './fault.js';

const HOUR = 3_600_000;

/** A worker whose clock can be set wrong from its next start on. */
export interface CampaignWorker {
  readonly process: SupervisedWorker;
  clockError: number;
}

/** Jobs that are not to complete, and blocking ones: told to the audit. */
export interface SpecialJobs {
  readonly poison: string[];
  /** Those of them that must be dead-lettered, as their submit was acknowledged. */
  readonly acknowledged: string[];
}

/** What can happen to processes that work, and what jobs can do to them. */
export function processFaults(
  workers: readonly CampaignWorker[],
  jobs: () => Submitter['jobs'],
  special: SpecialJobs,
  lease: number,
  seeded: Seeded,
): Fault[] {
  const one = (): CampaignWorker => {
    const drawn = workers[seeded.between(0, workers.length - 1)];
    if (drawn === undefined) throw new Error('a campaign needs workers');
    return drawn;
  };
  let stopped: CampaignWorker | undefined;
  let submitted = 0;
  /** Refused where another fault stands in its way; it may be in the store all the same. */
  const submit = async (type: string, payload: object = {}): Promise<void> => {
    const id = `${type}-${++submitted}`;
    special.poison.push(id);
    const options = { id, queue: QUEUE, maxCrashes: 1 };
    await jobs()
      .submit(type, payload, options)
      // One that blocks each process beyond its lease is given up in the end, unless a process comes back in time.
      .then(() => type !== 'blocking' && special.acknowledged.push(id))
      .catch(() => undefined);
  };
  return [
    { name: 'a worker is killed', strike: () => one().process.signal('SIGKILL') },
    {
      name: 'all workers are killed',
      strike: () => Promise.all(workers.map(({ process }) => process.signal('SIGKILL'))),
    },
    { name: 'a worker is told to end', strike: () => one().process.signal('SIGTERM') },
    {
      name: 'all workers are told to end',
      strike: () => Promise.all(workers.map(({ process }) => process.signal('SIGTERM'))),
    },
    {
      name: 'a worker is stopped beyond its lease',
      lasts: [lease + 500, lease * 2],
      strike: () => (stopped = one()).process.signal('SIGSTOP'),
      heal: () => stopped?.process.signal('SIGCONT'),
    },
    {
      name: 'a worker comes back with a wrong clock',
      strike: async () => {
        const worker = one();
        worker.clockError = seeded.between(-3, 3) * HOUR;
        await worker.process.signal('SIGKILL');
      },
    },
    { name: 'a job blocks its process beyond the lease', strike: () => submit('blocking', { block: lease + 700 }) },
    { name: 'a job ends its process', strike: () => submit('poison') },
    { name: 'a job takes all memory', most: 3, strike: () => submit('glutton') },
  ];
}
