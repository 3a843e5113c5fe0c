import type { ShopServer } from './shop-server.js';

/** A call of an operation that goes well. Method and path are the document's. */
export interface OperationRequest {
  /** What the path has in braces. */
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Brings about, through a shop, what the calls are made of, and answers them: each of them is made. */
type Prepare = (shop: ShopServer) => Promise<readonly OperationRequest[]> | readonly OperationRequest[];

/** Names a job. */
interface Key extends Readonly<Record<string, string>> {
  readonly queue: string;
  readonly id: string;
}

const API = '/jobs-api';

async function submit(shop: ShopServer, body: object): Promise<Key> {
  const { queue, id } = await shop.get<Key>('POST', `${API}/jobs`, body);
  return { queue, id };
}

/** A job that is not due for as long as this runs. */
function later(shop: ShopServer, tag = 'later'): Promise<Key> {
  return submit(shop, { type: 'export-orders', payload: {}, options: { delay: '1h', tags: [tag] } });
}

/** A dead letter: there is no such picture, so that no other attempt comes. */
async function failed(shop: ShopServer): Promise<Key> {
  const job = await submit(shop, { type: 'thumbnail', payload: { image: 'nobody.png', width: 16, format: 'webp' } });
  await shop.untilJobIn('failed', job.id);
  return job;
}

/** One of the workers by that name. */
async function worker(shop: ShopServer, name: string): Promise<{ readonly id: string }> {
  const found = (await shop.processes()).flatMap(({ workers }) => workers).find((each) => each.name === name);
  if (found === undefined) {
    throw new Error(`No worker is called ${name}`);
  }
  return { id: found.id };
}

/** A schedule that does not fire for as long as this runs, as a rule. */
async function scheduled(shop: ShopServer): Promise<{ readonly id: string }> {
  await shop.get('PUT', `${API}/schedules/yearly`, { expression: '@yearly', type: 'export-orders', payload: {} });
  return { id: 'yearly' };
}

/** A change of the configuration that changes nothing for the jobs. */
async function configured(shop: ShopServer): Promise<void> {
  await shop.get('PATCH', `${API}/configuration`, { change: { log: { level: 'error' } } });
}

/**
 * Good requests of every operation, by its id in the OpenAPI document; one that is missing here fails the spec. Requests
 * are prepared through one process and made to another. They come in this order, and leave the shop as able to work as it was.
 */
export const REQUESTS: Readonly<Record<string, Prepare>> = {
  getOpenApi: () => [{}],

  submitJob: () => [
    { body: { type: 'export-orders', payload: {} } },
    { body: { type: 'export-orders', payload: { month: '2026-01' }, options: { priority: 'high', tags: ['asked'] } } },
  ],
  listJobs: async (shop) => {
    const { queue } = await later(shop, 'listed');
    return [{}, { query: { queue, state: 'scheduled', tag: 'listed', page_size: '5' } }];
  },
  getJob: async (shop) => [{ params: await later(shop) }, { params: await failed(shop) }],
  cancelJob: async (shop) => [{ params: await later(shop) }],
  promoteJob: async (shop) => [{ params: await later(shop) }],
  retryJob: async (shop) => [{ params: await failed(shop) }],
  removeJob: async (shop) => [{ params: await failed(shop) }],

  bulk: async (shop) => {
    await later(shop, 'in-bulk');
    const body = { action: 'cancel', filter: { tag: 'in-bulk' } };
    return [{ body: { ...body, dryRun: true } }, { body }];
  },
  bulkNamed: async (shop) => [{ body: { action: 'remove', jobs: [await failed(shop)] } }],

  listDeadLetters: async (shop) => {
    const { queue } = await failed(shop);
    return [{ query: { queue } }];
  },
  retryDeadLetter: async (shop) => [{ params: await failed(shop) }],
  retryDeadLetters: async (shop) => {
    const { queue } = await failed(shop);
    return [{ body: { filter: { queue }, dryRun: true } }, { body: { filter: { queue } } }];
  },
  purgeDeadLetters: () => [{ body: { filter: { queue: 'mail' } } }],

  listQueues: () => [{}],
  getQueue: () => [{ params: { queue: 'mail' } }],
  pauseQueue: () => [{ params: { queue: 'images' } }],
  resumeQueue: () => [{ params: { queue: 'images' } }],
  limitQueue: () => [{ params: { queue: 'images' }, body: { concurrency: 3 } }],
  clearQueue: async (shop) => {
    const { queue } = await later(shop);
    return [{ params: { queue } }];
  },
  getStats: () => [{}],
  streamEvents: () => [{ query: { states: 'failed' } }],
  listTypes: () => [{}],

  putSchedule: () => [
    {
      params: { id: 'daily' },
      body: { expression: '@daily', type: 'export-orders', payload: {}, startAt: '2100-01-01T00:00:00Z' },
    },
  ],
  listSchedules: () => [{}],
  getSchedule: async (shop) => [{ params: await scheduled(shop) }],
  listNextRuns: async (shop) => [{ params: await scheduled(shop), query: { count: '3' } }],
  disableSchedule: async (shop) => [{ params: await scheduled(shop) }],
  enableSchedule: async (shop) => [{ params: await scheduled(shop) }],
  runSchedule: async (shop) => [{ params: await scheduled(shop) }],
  removeSchedule: async (shop) => [{ params: await scheduled(shop) }],

  getConfiguration: () => [{}],
  getEffectiveConfiguration: () => [{}],
  changeConfiguration: () => [{ body: { change: { log: { level: 'warn' } } } }],
  getConfigurationHistory: async (shop) => {
    await configured(shop);
    return [{}];
  },
  revertConfiguration: async (shop) => {
    await configured(shop);
    return [{ body: { version: 0 } }];
  },

  listWorkers: () => [{}],
  pauseWorker: async (shop) => [{ params: await worker(shop, 'worker-3') }],
  resumeWorker: async (shop) => [{ params: await worker(shop, 'worker-3') }],
  stopWorker: async (shop) => [{ params: await worker(shop, 'worker-4') }],

  getMetricsSummary: () => [{}, { query: { since: '30m' } }],
  listMetricsSeries: () => [{ query: { queue: 'reports' } }],
  getMetricsHistory: () => [{ query: { step: '5m' } }],
  listAlerts: () => [{}],
  listAudit: () => [{}, { query: { who: 'demo' } }],
};
