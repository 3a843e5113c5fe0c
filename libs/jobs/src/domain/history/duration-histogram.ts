/** Buckets to each doubling of a duration. */
const PER_DOUBLING = 3;

/** How many buckets there are: the first is below a millisecond, the last from 12 days on. */
export const BUCKETS = 1 + 30 * PER_DOUBLING;

/**
 * How far a quantile read from a histogram may be from the true one, as a share of it: the middle of a bucket is this
 * far from its edges. Below a millisecond it is half a millisecond.
 */
export const QUANTILE_ERROR = 2 ** (1 / (2 * PER_DOUBLING)) - 1;

/** The bucket of a duration in milliseconds. They are the same everywhere and for ever, so histograms can be added up. */
export function bucketOf(milliseconds: number): number {
  return milliseconds < 1 ? 0 : Math.min(1 + Math.floor(Math.log2(milliseconds) * PER_DOUBLING), BUCKETS - 1);
}

/** What stands for the durations in a bucket, in milliseconds: the middle, by ratio. */
export function middleOf(bucket: number): number {
  return bucket === 0 ? 0.5 : 2 ** ((bucket - 0.5) / PER_DOUBLING);
}

/** How many durations each bucket has. */
export type Histogram = Float64Array;

export function newHistogram(): Histogram {
  return new Float64Array(BUCKETS);
}

/**
 * The duration that a share of all durations does not exceed, within {@link QUANTILE_ERROR}; `undefined` of none.
 *
 * @param share 0 to 1: 0.95 is the 95th percentile
 */
export function quantile(histogram: Histogram, share: number): number | undefined {
  const total = sumOf(histogram);
  if (total === 0) {
    return undefined;
  }
  const rank = Math.max(1, Math.ceil(share * total));
  let seen = 0;
  let bucket = 0;
  for (; bucket < BUCKETS - 1; bucket++) {
    seen += histogram[bucket] ?? 0;
    if (seen >= rank) {
      break;
    }
  }
  return middleOf(bucket);
}

/** How many durations a histogram has. */
export function sumOf(histogram: Histogram): number {
  let sum = 0;
  for (const count of histogram) {
    sum += count;
  }
  return sum;
}

/** The buckets that have any, as they travel and are kept: bucket, count, bucket, count … */
export function sparse(histogram: Histogram): readonly number[] {
  const pairs: number[] = [];
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    const count = histogram[bucket] ?? 0;
    if (count > 0) {
      pairs.push(bucket, count);
    }
  }
  return pairs;
}

/** Adds buckets that travelled. A bucket that this version does not know counts as its last. */
export function addSparse(histogram: Histogram, pairs: readonly number[]): void {
  for (let at = 0; at + 1 < pairs.length; at += 2) {
    const bucket = Math.min(pairs[at] as number, BUCKETS - 1);
    histogram[bucket] = (histogram[bucket] as number) + (pairs[at + 1] as number);
  }
}
