import {
  type NumberedOrder,
  ProcessDirectory,
  type PublishedProcess,
  REMEMBERED,
  type SystemNews,
} from '../../../application/ports/process-directory.js';
import type { ProcessRecord, WorkerOrder } from '../../../domain/processes/process-record.js';
import { SYSTEM } from '../stored/keys.js';
import { toListened } from './redis-event-log.js';
import type { ScriptCaller } from '../scripts/script-caller.js';
import { isJsonObject, isTexts, readJsonObject } from '../stored/stored-json.js';

/** A heartbeat that finds no server is soon followed by the next: it is not sent again for long. */
const SHORT_PATIENCE = 5_000;

/** The processes of the system on Redis: a hash that each keeps its own field in. */
export class RedisProcessDirectory extends ProcessDirectory {
  constructor(private readonly caller: ScriptCaller) {
    super();
  }

  override async publish(process: ProcessRecord, obeyed: number): Promise<SystemNews> {
    const args = [process.holder, JSON.stringify(process), obeyed, REMEMBERED];
    const patience = Math.min(SHORT_PATIENCE, this.caller.patience);
    const reply = await this.caller.restate(SYSTEM, 'publish', args, patience);
    const [configuration, newestEvent, listened, pairs] = reply as PublishReply;
    const orders: NumberedOrder[] = [];
    for (let at = 0; at + 1 < pairs.length; at += 2) {
      const [order, worker = ''] = (pairs[at + 1] as string).split(/ (.*)/s);
      orders.push({ number: Number(pairs[at]), worker, order: order as WorkerOrder });
    }
    return {
      orders: orders.sort((a, b) => a.number - b.number),
      configuration: Number(configuration),
      listened: toListened(listened),
      newestEvent: Number(newestEvent),
    };
  }

  override async list(): Promise<readonly PublishedProcess[]> {
    const reply = (await this.caller.readNow(SYSTEM, 'processes', [REMEMBERED])) as readonly string[];
    const processes: PublishedProcess[] = [];
    for (let at = 0; at + 1 < reply.length; at += 2) {
      processes.push(
        ...readProcess(reply[at + 1] as string).map((record) => ({ ...record, silentFor: Number(reply[at]) })),
      );
    }
    return processes.sort((a, b) => (a.holder < b.holder ? -1 : 1));
  }

  override async retire(holder: string): Promise<void> {
    await this.caller.restate(SYSTEM, 'withdraw', [holder]);
  }

  override async order(holder: string, worker: string, order: WorkerOrder): Promise<boolean> {
    return (await this.caller.change(SYSTEM, 'order', [holder, `${order} ${worker}`, REMEMBERED])) === 'ordered';
  }
}

/** What a process publishes of itself; none where it cannot be read. */
function readProcess(text: string): readonly ProcessRecord[] {
  const record = readJsonObject(text);
  const { holder, heartbeat, queues, workers, schedules } = record ?? {};
  return typeof holder === 'string' &&
    typeof heartbeat === 'number' &&
    isTexts(queues) &&
    isTexts(schedules) &&
    Array.isArray(workers) &&
    workers.every(isJsonObject)
    ? [record as unknown as ProcessRecord]
    : [];
}

/** As the script writes it. */
type PublishReply = readonly [
  configuration: string,
  newestEvent: string,
  listened: readonly string[],
  orders: readonly string[],
];
