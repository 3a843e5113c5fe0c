import { toError } from '../domain/failure.js';
import type { Log } from './ports/log.js';
import type { ChangedSubject, Notifier } from './ports/notifier.js';

/** A subject of the system that is listened to. */
export interface Hearing {
  /** Resolves once every change is heard, or it has been said that none is. Never rejects. */
  readonly ready: Promise<void>;
  /** Hears nothing more, also where it was not ready yet. Never rejects. */
  end(): Promise<void>;
}

/**
 * Calls back when something of the system has changed. Where that cannot be heard it is said, and goes on without: whoever
 * listens looks for itself now and then.
 *
 * @param otherwise how changes are learnt then, for the log
 */
export function hearChanges(
  notifier: Pick<Notifier, 'onChanged'>,
  subject: ChangedSubject,
  listener: () => void,
  log: Log,
  otherwise: string,
): Hearing {
  const subscribed = notifier.onChanged(subject, listener).catch((error: unknown) => {
    log.warn(`${otherwise}: ${toError(error).message}`);
    return undefined;
  });
  return {
    ready: subscribed.then(() => undefined),
    end: async () => {
      const unsubscribe = await subscribed;
      await unsubscribe?.().catch(() => undefined);
    },
  };
}
