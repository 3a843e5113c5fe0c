import {
  EventLog,
  type EventPage,
  KEPT_EVENTS,
  type ListenedQueue,
  type LoggedEvent,
  type ProcessEvent,
} from '../../../application/ports/event-log.js';
import { inBatches, textBytes } from '../scripts/batches.js';
import { SYSTEM } from '../stored/keys.js';
import type { ScriptCaller } from '../scripts/script-caller.js';
import { readJsonObject } from '../stored/stored-json.js';

/** Events are worth less than what they tell of: they are not sent again for long. */
const SHORT_PATIENCE = 5_000;

/** The newest events of the system on Redis: a stream of a bounded length. */
export class RedisEventLog extends EventLog {
  constructor(private readonly caller: ScriptCaller) {
    super();
  }

  override async append(events: readonly ProcessEvent[]): Promise<void> {
    const patience = Math.min(SHORT_PATIENCE, this.caller.patience);
    const texts = events.map((event) => JSON.stringify(event));
    for (const batch of inBatches(texts, textBytes)) {
      await this.caller.change(SYSTEM, 'tell', [KEPT_EVENTS, ...batch], patience);
    }
  }

  override async read(after: number, limit: number): Promise<EventPage> {
    const [newest, ...entries] = (await this.caller.read(SYSTEM, 'events', [after, limit])) as readonly string[];
    const events: LoggedEvent[] = [];
    for (let at = 0; at + 2 < entries.length; at += 3) {
      events.push({
        number: Number(entries[at]),
        at: Number(entries[at + 1]),
        event: readEvent(entries[at + 2] as string),
      });
    }
    return { events, newest: Number(newest) };
  }

  override async listen(queues: readonly string[], milliseconds: number): Promise<number> {
    return Number(await this.caller.restate(SYSTEM, 'heed', [milliseconds, ...queues]));
  }

  override async listened(): Promise<readonly ListenedQueue[]> {
    return toListened((await this.caller.readNow(SYSTEM, 'listened', [])) as readonly string[]);
  }
}

/** What cannot be read counts as an event that was dropped: whoever listens must not stay before it for ever. */
function readEvent(text: string): ProcessEvent {
  const event = readJsonObject(text);
  return typeof event?.['kind'] === 'string'
    ? (event as unknown as ProcessEvent)
    : { kind: 'dropped', holder: '', count: 1 };
}

/** Reads pairs of a queue and for how long it is listened to, as the scripts write them. */
export function toListened(pairs: readonly string[]): readonly ListenedQueue[] {
  const listened: ListenedQueue[] = [];
  for (let at = 0; at + 1 < pairs.length; at += 2) {
    listened.push({ queue: pairs[at] as string, milliseconds: Number(pairs[at + 1]) });
  }
  return listened;
}
