/** What is claimed ahead is worked off in about this time: the bound on how long a higher priority may wait behind it. */
export const PREFETCH_HORIZON = 30;

/** The most that is asked for at once: as many as go into one batch of a store. */
export const MAX_CLAIM = 500;

/**
 * The most that is held ahead: a claim and a half. It is filled up when half of it is gone, and what is left then bridges
 * the way of the next claim, also over a network.
 */
export const MAX_PREFETCH = 750;

/** Weight of the newest attempt in the running mean. */
const RECENT = 0.1;

/**
 * Says how many jobs to claim ahead of the free slots, from a running mean of attempt durations: none for slow jobs,
 * hundreds for those that take microseconds.
 */
export class Prefetch {
  private mean: number | undefined;

  /** @param duration milliseconds one attempt took */
  record(duration: number): void {
    this.mean = this.mean === undefined ? duration : this.mean + RECENT * (duration - this.mean);
  }

  /** What was claimed ahead was not worked off in time: the mean is of another time, so nothing is known. */
  forget(): void {
    this.mean = undefined;
  }

  /** Jobs to hold beyond those that are running, for so many slots; 0 until something is known. */
  ahead(slots: number): number {
    if (this.mean === undefined || slots <= 0) {
      return 0;
    }
    return Math.min(Math.floor((slots * PREFETCH_HORIZON) / Math.max(this.mean, 0.01)), MAX_PREFETCH);
  }
}
