import { Clock } from '../../application/ports/clock.js';

/** The longest time a Node timer takes; longer ones are set again. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** The machine's own time. */
export class SystemClock extends Clock {
  override now(): number {
    return Date.now();
  }

  override monotonic(): number {
    return performance.now();
  }

  override idle(): number {
    return performance.eventLoopUtilization().idle;
  }

  override after(
    milliseconds: number,
    callback: () => void,
    options: { readonly background?: boolean } = {},
  ): () => void {
    let timer: NodeJS.Timeout;
    const start = (left: number): void => {
      const step = Math.min(left, LONGEST_TIMER);
      timer = setTimeout(() => (left > step ? start(left - step) : callback()), step);
      if (options.background === true) {
        timer.unref();
      }
    };
    start(milliseconds);
    return () => clearTimeout(timer);
  }
}
