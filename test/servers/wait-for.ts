import { setTimeout as pause } from 'node:timers/promises';

// Taken before any test can put fake timers in place: a deadline here is one of the real world.
const now = performance.now.bind(performance);

const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 50;

export interface WaitOptions {
  /** Milliseconds; generous, since it only bounds a failure. */
  readonly timeout?: number;
  /** What is waited for, as it should read in the failure: "timed out waiting for <what>". */
  readonly what?: string;
}

/**
 * Polls until the predicate gives a truthy value, and resolves with it. A predicate that throws has not held yet; its
 * last error is the failure's cause.
 */
export async function waitFor<T>(
  predicate: () => T | Promise<T>,
  { timeout = 30_000, what = 'the condition to hold' }: WaitOptions = {},
): Promise<Exclude<T, false | undefined | null>> {
  const deadline = now() + timeout;
  let lastError: unknown;
  for (let wait = FIRST_PAUSE_MS; ; wait = Math.min(wait * 2, LONGEST_PAUSE_MS)) {
    try {
      const value = await predicate();
      lastError = undefined;
      // The cast says what the truthiness check has just shown.
      if (value) return value as Exclude<T, false | undefined | null>;
    } catch (error) {
      lastError = error;
    }
    if (now() >= deadline) {
      const reason = lastError instanceof Error ? `: ${lastError.message}` : '';
      throw new Error(`timed out after ${timeout} ms waiting for ${what}${reason}`, { cause: lastError });
    }
    await pause(wait);
  }
}
