/** How attempts ended, by count. */
export interface DrainSummary {
  /** Attempts that used up one of the job's: completed + retried + failed. */
  readonly attempts: number;
  readonly completed: number;
  /** Failed attempts whose job runs again. */
  readonly retried: number;
  /** Jobs that were given up after an attempt. */
  readonly failed: number;
  readonly cancelled: number;
  readonly snoozed: number;
  /** Jobs that went back without an attempt, such as those of a type that has no handler here. */
  readonly released: number;
}

/** What came to the later summary since the earlier one. */
export function since(earlier: DrainSummary, later: DrainSummary): DrainSummary {
  return Object.fromEntries(
    Object.entries(later).map(([key, count]) => [key, (count as number) - earlier[key as keyof DrainSummary]]),
  ) as unknown as DrainSummary;
}
