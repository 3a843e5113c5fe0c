/** Counts which jobs have run: each exactly once, or the run does not count. */
export class Delivery {
  readonly all: Promise<void>;
  private readonly seen: Uint8Array;
  private left: number;
  private twice = 0;
  private finish: () => void = () => undefined;

  constructor(private readonly jobs: number) {
    this.seen = new Uint8Array(jobs);
    this.left = jobs;
    this.all = new Promise((resolve) => {
      this.finish = resolve;
    });
  }

  /** A job has run. */
  arrived(n: number): void {
    if (this.seen[n] === 1) {
      this.twice++;
      return;
    }
    this.seen[n] = 1;
    if (--this.left === 0) {
      this.finish();
    }
  }

  get arrivals(): number {
    return this.jobs - this.left;
  }

  /** Waits for the last job. @throws Error when jobs are missing after the given time, or some ran twice */
  async complete(milliseconds: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`${this.left} of ${this.jobs} jobs did not run within ${milliseconds} ms`)),
        milliseconds,
      );
    });
    try {
      await Promise.race([this.all, late]);
    } finally {
      clearTimeout(timer);
    }
    if (this.twice > 0) {
      throw new Error(`${this.twice} jobs ran twice`);
    }
  }
}
