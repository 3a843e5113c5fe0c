import type { Clock } from './ports/clock.js';

/** Waits for a promise, but no longer than the given milliseconds; says which it was. The promise must not reject. */
export async function within(clock: Clock, milliseconds: number, promise: Promise<unknown>): Promise<'done' | 'late'> {
  let callOff: () => void = () => undefined;
  const late = new Promise<'late'>((resolve) => {
    callOff = clock.after(Math.max(Math.round(milliseconds), 0), () => resolve('late'));
  });
  try {
    return await Promise.race([promise.then(() => 'done' as const), late]);
  } finally {
    callOff();
  }
}
