import type { Clock } from '../ports/clock.js';
import type { LiveEvent, LiveEventSubscription } from './live-event.js';

/** Milliseconds of silence after which a comment is sent, so that proxies do not take the connection for dead. */
const DEFAULT_HEARTBEAT = 15_000;

/** Milliseconds after which a browser that was cut off comes back. */
const COME_BACK = 2_000;

/** What {@link eventStream} is told. */
export interface EventStreamOptions {
  /** Milliseconds of silence until a comment is sent. Default: 15000. */
  readonly heartbeat?: number;
}

/**
 * Live events as the text of a `text/event-stream`: each with its cursor as `id`, its kind as `event` and itself as JSON
 * in `data`. A browser that comes back says the cursor as `Last-Event-ID`: see {@link cursorOf}.
 *
 * Ends with the subscription: end that, by its signal or `return()`, when the client has gone.
 */
export async function* eventStream(
  subscription: LiveEventSubscription,
  { heartbeat = DEFAULT_HEARTBEAT }: EventStreamOptions = {},
): AsyncGenerator<string, void, undefined> {
  try {
    yield `retry: ${COME_BACK}\n\n`;
    let coming = subscription.next();
    for (;;) {
      const result = await orSilence(coming, subscription.clock, heartbeat);
      if (result === 'silence') {
        yield ': still here\n\n';
      } else if (result.done === true) {
        return;
      } else {
        yield frameOf(result.value);
        coming = subscription.next();
      }
    }
  } finally {
    await subscription.return();
  }
}

/** The cursor that a `Last-Event-ID` header holds; `undefined` where it holds none. */
export function cursorOf(header: unknown): string | undefined {
  return typeof header === 'string' && /^\d{1,15}$/.test(header) ? header : undefined;
}

function frameOf(event: LiveEvent): string {
  return `id: ${event.cursor}\nevent: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`;
}

async function orSilence<T>(coming: Promise<T>, clock: Clock, milliseconds: number): Promise<T | 'silence'> {
  let callOff: () => void = () => undefined;
  const silence = new Promise<'silence'>((resolve) => {
    callOff = clock.after(milliseconds, () => resolve('silence'), { background: true });
  });
  try {
    return await Promise.race([coming, silence]);
  } finally {
    callOff();
  }
}
