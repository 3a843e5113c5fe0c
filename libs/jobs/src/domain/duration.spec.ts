import * as fc from 'fast-check';
import { formatDuration, MAX_DURATION, parseDuration } from './duration.js';
import { InvalidOptionError } from './errors/errors.js';

describe('parseDuration', () => {
  it.each([
    [0, 0],
    [1_500, 1_500],
    [1.4, 1],
    ['250ms', 250],
    ['30s', 30_000],
    ['5m', 300_000],
    ['1.5h', 5_400_000],
    ['1d', 86_400_000],
    ['2w', 1_209_600_000],
    [' 3 s ', 3_000],
    ['0s', 0],
  ])('reads %p as %d ms', (value, milliseconds) => {
    expect(parseDuration(value)).toBe(milliseconds);
  });

  it.each([
    -1,
    Number.NaN,
    Infinity,
    MAX_DURATION + 1,
    '',
    '5',
    's',
    '-5s',
    '+5s',
    '1e3s',
    '5 years',
    '1h30m',
    '99999999w',
    '５s',
    null,
    undefined,
    true,
    {},
    ['5s'],
    5n,
  ])('refuses %p, naming option and value', (value) => {
    expect(() => parseDuration(value, 'retry.delay')).toThrow(InvalidOptionError);
    expect(() => parseDuration(value, 'retry.delay')).toThrow(/^retry\.delay: .* is not allowed; use /);
  });

  it('answers a whole, non-negative number for whatever it accepts', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.double(),
          fc.integer(),
          fc
            .tuple(fc.double({ min: 0, noNaN: true }), fc.constantFrom('ms', 's', 'm', 'h', 'd', 'w', 'x'))
            .map(([amount, unit]) => `${amount}${unit}`),
          fc.anything(),
        ),
        (value) => {
          let milliseconds: number;
          try {
            milliseconds = parseDuration(value);
          } catch (error) {
            expect(error).toBeInstanceOf(InvalidOptionError);
            return;
          }
          expect(Number.isSafeInteger(milliseconds)).toBe(true);
          expect(Object.is(milliseconds, -0)).toBe(false);
          expect(milliseconds).toBeGreaterThanOrEqual(0);
        },
      ),
    );
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0ms'],
    [999, '999ms'],
    [1_500, '1.5s'],
    [60_000, '1m'],
    [5_400_000, '1.5h'],
    [86_400_000, '1d'],
    [1_209_600_000, '2w'],
  ])('writes %d as %s', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });

  it('writes what parseDuration reads back, to one part in a hundred', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: MAX_DURATION - 604_800_000 }), (milliseconds) => {
        const back = parseDuration(formatDuration(milliseconds));
        expect(Math.abs(back - milliseconds)).toBeLessThanOrEqual(milliseconds / 100);
      }),
    );
  });
});
