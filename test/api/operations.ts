import { ProcessDirectory } from '../../libs/jobs/src/application/ports/process-directory.js';
import type { ApiRole } from 'nestjs-jobs/api';
import type { ApiUnderTest } from './start-api.js';

/** A call of one operation that goes well: where, with what, and what it answers with. */
export interface Call {
  readonly path: string;
  readonly body?: unknown;
}

/** An operation of the API, as tests call it. */
export interface Operation {
  readonly needs: ApiRole;
  readonly status: number;
  /** What the audit trail calls it; absent where it changes nothing. */
  readonly audited?: string;
  /** It answers with a stream that does not end. */
  readonly streams?: true;
  /** Brings about what the call is made of; answers the call. */
  readonly prepare: (api: ApiUnderTest) => Promise<Call> | Call;
}

/** The type of jobs that these operations are tried on: it fails for good as often as it is run. */
export const FRAGILE = 'fragile';

const WORKER = 'worker-of-another-process#1';

async function failed(api: ApiUnderTest): Promise<string> {
  const path = await api.submit(FRAGILE);
  await api.jobs.drain();
  return path;
}

/** A process that has published itself and one worker. */
async function withWorker(api: ApiUnderTest): Promise<string> {
  await api.app.get(ProcessDirectory, { strict: false }).publish(
    {
      holder: 'other:1:x',
      host: 'other',
      pid: 1,
      startedAt: 0,
      heartbeat: 5_000,
      queues: ['default'],
      schedules: [],
      workers: [
        {
          id: WORKER,
          name: 'worker-1',
          group: 'worker',
          state: 'running',
          concurrency: 2,
          busy: 1,
          currentJobs: [{ queue: 'default', id: '1', type: FRAGILE, attempt: 1 }],
          processed: 3,
          succeeded: 2,
          failed: 1,
          successRate: 2 / 3,
          failureRate: 1 / 3,
          overdue: 0,
          lastHeartbeat: 1_000,
        },
      ],
    },
    0,
  );
  return `/workers/${encodeURIComponent(WORKER)}`;
}

async function queued(api: ApiUnderTest): Promise<string> {
  await api.submit(FRAGILE, {}, { queue: 'other' });
  return '/queues/other';
}

/** Changes the configuration. */
async function configured(api: ApiUnderTest): Promise<void> {
  await api.send('PATCH', '/jobs-api/configuration', { change: { log: { level: 'error' } } });
}

/** A schedule whose jobs are far off; answers its path. */
async function scheduled(api: ApiUnderTest): Promise<string> {
  await api.send('PUT', '/jobs-api/schedules/yearly', { expression: '@yearly', type: FRAGILE });
  return '/schedules/yearly';
}

/** Every operation, by its id in the document. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  listAudit: { needs: 'operate', status: 200, prepare: async (api) => ({ path: `/audit?who=${await whoever(api)}` }) },
  bulk: {
    needs: 'operate',
    status: 202,
    audited: 'bulk.cancel',
    prepare: () => ({ path: '/bulk', body: { action: 'cancel', filter: { queue: 'elsewhere' } } }),
  },
  bulkNamed: {
    needs: 'operate',
    status: 200,
    audited: 'bulk.remove.named',
    prepare: async (api) => ({ path: '/bulk/jobs', body: { action: 'remove', jobs: [await keyOf(api)] } }),
  },
  getConfiguration: { needs: 'read', status: 200, prepare: () => ({ path: '/configuration' }) },
  getEffectiveConfiguration: { needs: 'read', status: 200, prepare: () => ({ path: '/configuration/effective' }) },
  getConfigurationHistory: {
    needs: 'read',
    status: 200,
    prepare: async (api) => {
      await configured(api);
      return { path: '/configuration/history' };
    },
  },
  changeConfiguration: {
    needs: 'operate',
    status: 200,
    audited: 'configuration.change',
    prepare: () => ({ path: '/configuration', body: { change: { log: { level: 'warn' } } } }),
  },
  revertConfiguration: {
    needs: 'operate',
    status: 200,
    audited: 'configuration.revert',
    prepare: async (api) => {
      await configured(api);
      return { path: '/configuration/revert', body: { version: 0 } };
    },
  },
  listDeadLetters: {
    needs: 'read',
    status: 200,
    prepare: async (api) => {
      await failed(api);
      return { path: '/dead-letters?queue=default' };
    },
  },
  retryDeadLetters: {
    needs: 'operate',
    status: 202,
    audited: 'dead-letters.retry-all',
    prepare: () => ({ path: '/dead-letters/retry', body: { filter: { queue: 'elsewhere' } } }),
  },
  purgeDeadLetters: {
    needs: 'operate',
    status: 202,
    audited: 'dead-letters.purge',
    prepare: () => ({ path: '/dead-letters/purge', body: { filter: { queue: 'elsewhere' } } }),
  },
  retryDeadLetter: {
    needs: 'operate',
    status: 200,
    audited: 'dead-letters.retry',
    prepare: async (api) => ({ path: `${(await failed(api)).replace('/jobs/', '/dead-letters/')}/retry` }),
  },
  streamEvents: { needs: 'read', status: 200, streams: true, prepare: () => ({ path: '/events?states=failed' }) },
  getOpenApi: { needs: 'read', status: 200, prepare: () => ({ path: '/openapi.json' }) },
  listJobs: {
    needs: 'read',
    status: 200,
    prepare: async (api) => {
      await failed(api);
      await api.submit(FRAGILE, {}, { delay: '1h', tags: ['a'] });
      return { path: '/jobs?queue=default' };
    },
  },
  submitJob: {
    needs: 'submit',
    status: 201,
    audited: 'jobs.submit',
    prepare: () => ({ path: '/jobs', body: { type: FRAGILE, payload: { a: 1 }, options: { priority: 'high' } } }),
  },
  getJob: { needs: 'read', status: 200, prepare: async (api) => ({ path: await failed(api) }) },
  removeJob: {
    needs: 'operate',
    status: 200,
    audited: 'jobs.remove',
    prepare: async (api) => ({ path: await failed(api) }),
  },
  cancelJob: {
    needs: 'operate',
    status: 200,
    audited: 'jobs.cancel',
    prepare: async (api) => ({ path: `${await api.submit(FRAGILE)}/cancel` }),
  },
  retryJob: {
    needs: 'operate',
    status: 200,
    audited: 'jobs.retry',
    prepare: async (api) => ({ path: `${await failed(api)}/retry` }),
  },
  promoteJob: {
    needs: 'operate',
    status: 200,
    audited: 'jobs.promote',
    prepare: async (api) => ({ path: `${await api.submit(FRAGILE, {}, { delay: '1h' })}/promote` }),
  },
  getMetricsSummary: { needs: 'read', status: 200, prepare: () => ({ path: '/metrics/summary?since=30m' }) },
  listMetricsSeries: {
    needs: 'read',
    status: 200,
    prepare: async (api) => {
      await failed(api);
      return { path: '/metrics/series?queue=default' };
    },
  },
  getMetricsHistory: { needs: 'read', status: 200, prepare: () => ({ path: '/metrics/history?step=5m' }) },
  listAlerts: { needs: 'read', status: 200, prepare: () => ({ path: '/alerts' }) },
  listQueues: {
    needs: 'read',
    status: 200,
    prepare: async (api) => {
      await queued(api);
      return { path: '/queues' };
    },
  },
  getQueue: { needs: 'read', status: 200, prepare: async (api) => ({ path: await queued(api) }) },
  pauseQueue: {
    needs: 'operate',
    status: 200,
    audited: 'queues.pause',
    prepare: async (api) => ({ path: `${await queued(api)}/pause` }),
  },
  resumeQueue: {
    needs: 'operate',
    status: 200,
    audited: 'queues.resume',
    prepare: async (api) => ({ path: `${await queued(api)}/resume` }),
  },
  clearQueue: {
    needs: 'operate',
    status: 200,
    audited: 'queues.clear',
    prepare: async (api) => ({ path: `${await queued(api)}/clear` }),
  },
  limitQueue: {
    needs: 'operate',
    status: 200,
    audited: 'queues.limit',
    prepare: async (api) => ({ path: `${await queued(api)}/limits`, body: { concurrency: 3, maxDepth: null } }),
  },
  listSchedules: {
    needs: 'read',
    status: 200,
    prepare: async (api) => {
      await scheduled(api);
      return { path: '/schedules' };
    },
  },
  getSchedule: { needs: 'read', status: 200, prepare: async (api) => ({ path: await scheduled(api) }) },
  listNextRuns: {
    needs: 'read',
    status: 200,
    prepare: async (api) => ({ path: `${await scheduled(api)}/next?count=3` }),
  },
  putSchedule: {
    needs: 'operate',
    status: 200,
    audited: 'schedules.put',
    prepare: () => ({
      path: '/schedules/daily',
      body: {
        expression: '@daily',
        type: FRAGILE,
        payload: { a: 1 },
        startAt: '2030-01-01T00:00:00Z',
        job: { retry: { attempts: 2, initialDelay: '5s' }, metadata: { a: 1 }, timeout: '1m' },
      },
    }),
  },
  enableSchedule: {
    needs: 'operate',
    status: 200,
    audited: 'schedules.enable',
    prepare: async (api) => ({ path: `${await scheduled(api)}/enable` }),
  },
  disableSchedule: {
    needs: 'operate',
    status: 200,
    audited: 'schedules.disable',
    prepare: async (api) => ({ path: `${await scheduled(api)}/disable` }),
  },
  runSchedule: {
    needs: 'operate',
    status: 201,
    audited: 'schedules.run',
    prepare: async (api) => ({ path: `${await scheduled(api)}/run` }),
  },
  removeSchedule: {
    needs: 'operate',
    status: 200,
    audited: 'schedules.remove',
    prepare: async (api) => ({ path: await scheduled(api) }),
  },
  getStats: { needs: 'read', status: 200, prepare: () => ({ path: '/stats' }) },
  listTypes: { needs: 'read', status: 200, prepare: () => ({ path: '/types' }) },
  listWorkers: {
    needs: 'read',
    status: 200,
    prepare: async (api) => {
      await withWorker(api);
      return { path: '/workers' };
    },
  },
  pauseWorker: {
    needs: 'operate',
    status: 202,
    audited: 'workers.pause',
    prepare: async (api) => ({ path: `${await withWorker(api)}/pause` }),
  },
  resumeWorker: {
    needs: 'operate',
    status: 202,
    audited: 'workers.resume',
    prepare: async (api) => ({ path: `${await withWorker(api)}/resume` }),
  },
  stopWorker: {
    needs: 'operate',
    status: 202,
    audited: 'workers.stop',
    prepare: async (api) => ({ path: `${await withWorker(api)}/stop` }),
  },
};

/** Someone who has made a change. */
async function whoever(api: ApiUnderTest): Promise<string> {
  await api.submit(FRAGILE);
  return 'olga';
}

async function keyOf(api: ApiUnderTest): Promise<{ readonly queue: string; readonly id: string }> {
  const [queue = '', id = ''] = (await api.submit(FRAGILE)).split('/').slice(2).map(decodeURIComponent);
  return { queue, id };
}
