import type { Command, History } from './command.js';

/** Milliseconds after which the shortest so far is good enough. */
const PATIENCE = 60_000;

/**
 * The shortest history found that still fails: what comes after the failing step goes first, then whole stretches, then single
 * steps, then what steps say beyond need. Each try tells the history anew, so there are as few as will do.
 *
 * @param failingStep of a history, the place of the step at which it fails; undefined when it does not
 */
export async function shorten(
  history: History,
  failingStep: (history: History) => Promise<number | undefined>,
): Promise<History> {
  const until = performance.now() + PATIENCE;
  let best = history;
  async function isBetter(candidate: History): Promise<boolean> {
    const step = performance.now() > until ? undefined : await failingStep(candidate);
    best = step === undefined ? best : candidate.slice(0, step + 1);
    return step !== undefined;
  }
  async function leaveOutSteps(): Promise<void> {
    for (let stretch = Math.ceil(best.length / 2); stretch >= 1; stretch = stretch === 1 ? 0 : Math.ceil(stretch / 2)) {
      for (let end = best.length; end > 0; end -= stretch) {
        await isBetter(best.toSpliced(Math.max(0, end - stretch), Math.min(stretch, end)));
      }
    }
  }
  async function sayLess(): Promise<void> {
    for (let step = best.length - 1; step >= 0; step--) {
      let simpler: readonly Command[] = [];
      do {
        const command = best[step];
        simpler = command === undefined ? [] : withLess(command);
      } while (await firstThat(simpler, (one) => isBetter(best.with(step, one))));
    }
  }
  await isBetter(history);
  let length: number;
  do {
    length = best.length;
    await leaveOutSteps();
    await sayLess();
  } while (best.length < length);
  return best;
}

async function firstThat<T>(all: readonly T[], holds: (one: T) => Promise<boolean>): Promise<boolean> {
  for (const one of all) {
    if (await holds(one)) {
      return true;
    }
  }
  return false;
}

/** What a job or a step need not say. */
const OPTIONAL = ['loses', 'expires', 'retain', 'concurrency', 'maxDepth', 'maxScheduled', 'next', 'job'];

/** The same with one thing less: an element of a list, or what need not be said. */
function withLess<T extends object>(whole: T): readonly T[] {
  return Object.entries(whole).flatMap(([key, value]: [string, unknown]): readonly T[] => {
    if (Array.isArray(value)) {
      const shorter = value.length === 1 ? [] : value.map((_, place) => value.toSpliced(place, 1) as unknown[]);
      const plainer = value.flatMap((item: unknown, place) =>
        typeof item === 'object' && item !== null
          ? withLess(item).map((less) => value.with(place, less) as unknown[])
          : [],
      );
      return [...shorter, ...plainer].map((list) => ({ ...whole, [key]: list }));
    }
    // Jobs alone may come without one.
    const isOptional = OPTIONAL.includes(key) || (key === 'delay' && !('kind' in whole));
    return isOptional && value !== undefined ? [{ ...whole, [key]: undefined }] : [];
  });
}
