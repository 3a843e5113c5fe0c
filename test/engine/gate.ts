import type { VirtualClock } from '../../libs/jobs/src/testing/virtual-clock.js';

/** Something a handler waits for until the test lets it go on. */
export class Gate<T = void> {
  private resolve!: (value: T) => void;
  readonly opened = new Promise<T>((resolve) => {
    this.resolve = resolve;
  });

  open(value: T): void {
    this.resolve(value);
  }
}

/** What takes so long, in virtual time. */
export function passing(clock: VirtualClock, milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(milliseconds, resolve);
  });
}
