import fc from 'fast-check';
import { addSparse, bucketOf, BUCKETS, newHistogram, quantile, QUANTILE_ERROR, sparse } from './duration-histogram.js';

const SHARES = [0.5, 0.95, 0.99];

/** The true quantile: the smallest duration that the share of all does not exceed. */
function trueQuantile(durations: readonly number[], share: number): number {
  const sorted = durations.toSorted((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1] as number; // there is at least one
}

function histogramOf(durations: readonly number[]): Float64Array {
  const histogram = newHistogram();
  for (const duration of durations) {
    const bucket = bucketOf(duration);
    histogram[bucket] = (histogram[bucket] as number) + 1; // every bucket is there
  }
  return histogram;
}

describe('quantiles of a histogram', () => {
  const durations = fc.array(
    fc.oneof(fc.double({ min: 1, max: 1e9, noNaN: true }), fc.double({ min: 1, max: 1_000, noNaN: true })),
    { minLength: 1, maxLength: 300 },
  );

  it('are within 13 % of the true ones, also of histograms that were added up', () => {
    expect(QUANTILE_ERROR).toBeLessThan(0.13);
    fc.assert(
      fc.property(durations, durations, (one, other) => {
        const sum = histogramOf(one);
        addSparse(sum, sparse(histogramOf(other)));
        for (const share of SHARES) {
          const true_ = trueQuantile([...one, ...other], share);
          const read = quantile(sum, share) ?? NaN;
          expect(Math.max(read / true_, true_ / read) - 1).toBeLessThan(QUANTILE_ERROR + 1e-9);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('are half a millisecond below one, and do not exist of nothing', () => {
    expect(quantile(histogramOf([0, 0.2, 0.9]), 0.95)).toBe(0.5);
    expect(quantile(newHistogram(), 0.5)).toBeUndefined();
  });

  it('take any duration, and buckets of a later version', () => {
    expect(bucketOf(Number.MAX_SAFE_INTEGER)).toBe(BUCKETS - 1);
    expect([-5, 0, 0.99].map(bucketOf)).toEqual([0, 0, 0]);
    const histogram = newHistogram();
    addSparse(histogram, [BUCKETS + 7, 2]);
    expect(sparse(histogram)).toEqual([BUCKETS - 1, 2]);
  });
});
