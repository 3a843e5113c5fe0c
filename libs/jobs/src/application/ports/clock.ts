/** Time as the process sees it: virtual in tests. Stores keep their own. */
export abstract class Clock {
  /** Epoch milliseconds. */
  abstract now(): number;

  /** Milliseconds that only ever go forward, for durations. */
  abstract monotonic(): number;

  /** Milliseconds that the event loop has spent waiting for something to do, up to now. */
  abstract idle(): number;

  /** Calls back once, after the given milliseconds; the answer calls it off. Does not keep the process alive when `background`. */
  abstract after(milliseconds: number, callback: () => void, options?: { readonly background?: boolean }): () => void;
}
