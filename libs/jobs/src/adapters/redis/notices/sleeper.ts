/** How a sleep ended. */
export type Wakening = 'woken' | 'timeout' | 'aborted';

/** Sleeps until one of the queues may have work. */
export interface Sleeper {
  sleep(queues: readonly string[], milliseconds: number, signal: AbortSignal): Promise<Wakening>;
  close(): void;
}

/** The end of a wait that a timer, a signal or an event may bring; the first one decides. */
export function waitFor(
  milliseconds: number,
  signal: AbortSignal,
  begin: (end: (how: Wakening) => void) => void,
): Promise<Wakening> {
  return new Promise((resolve) => {
    const end = (how: Wakening): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      resolve(how);
    };
    const abort = (): void => end('aborted');
    // The longest a timer can be set for.
    const timer = setTimeout(end, Math.min(milliseconds, 2_147_483_647), 'timeout');
    signal.addEventListener('abort', abort, { once: true });
    begin(end);
  });
}
