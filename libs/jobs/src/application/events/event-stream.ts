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
 * in `data`. A browser that comes back says the cursor as `Last-Event-ID`: see {@link cursorOf}. The first line but for
 * comments, `retry`, comes once events are heard: what happens from then on is told. With it and with each comment comes an
 * `id` alone, so that nothing is missed either by one that was told nothing before it was cut off.
 *
 * Ends with the subscription: end that, by its signal or `return()`, when the client has gone.
 */
export async function* eventStream(
  subscription: LiveEventSubscription,
  { heartbeat = DEFAULT_HEARTBEAT }: EventStreamOptions = {},
): AsyncGenerator<string, void, undefined> {
  try {
    yield* commentsUntil(subscription.ready, subscription, heartbeat);
    yield `retry: ${COME_BACK}\n${idOf(subscription.cursor)}\n`;
    for (;;) {
      const result = yield* commentsUntil(subscription.next(), subscription, heartbeat);
      if (result.done === true) {
        return;
      }
      yield frameOf(result.value);
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

/** Nothing has come, and where to go on from. */
class Silence {
  constructor(readonly cursor: string | undefined) {}
}

/** A line without an event: a browser remembers the id, and says it when it comes back. */
function idOf(cursor: string | undefined): string {
  return cursor === undefined ? '' : `id: ${cursor}\n`;
}

/** What is waited for, with a comment each time that it has kept silent for so many milliseconds. */
async function* commentsUntil<T>(
  coming: Promise<T>,
  subscription: LiveEventSubscription,
  heartbeat: number,
): AsyncGenerator<string, T, undefined> {
  for (;;) {
    const result = await orSilence(coming, subscription, heartbeat);
    if (!(result instanceof Silence)) {
      return result;
    }
    yield `: still here\n${idOf(result.cursor)}\n`;
  }
}

async function orSilence<T>(
  coming: Promise<T>,
  subscription: LiveEventSubscription,
  milliseconds: number,
): Promise<T | Silence> {
  let callOff: () => void = () => undefined;
  const silence = new Promise<Silence>((resolve) => {
    // The cursor of this very moment: an event that comes before the comment is written stands behind it.
    const keptSilent = (): void => resolve(new Silence(subscription.cursor));
    callOff = subscription.clock.after(milliseconds, keptSilent, { background: true });
  });
  try {
    return await Promise.race([coming, silence]);
  } finally {
    callOff();
  }
}
