import * as fc from 'fast-check';
import { InvalidScheduleError } from '../errors/errors.js';
import { at, daily, every, monthly, weekly } from './builders.js';
import { readExpression } from './expression.js';

describe('the builders of expressions', () => {
  it.each([
    [every('5m'), '@every 5m'],
    [every(90_000), '@every 90s'],
    [every('1.5h'), '@every 90m'],
    [every(1_500), '@every 1500ms'],
    [every('14d'), '@every 2w'],
    [daily(2, 5), '5 2 * * *'],
    [daily(23), '0 23 * * *'],
    [weekly('monday', 9, 0), '0 9 * * MON'],
    [weekly(['sat', 'sun', 'saturday'], 9), '0 9 * * SUN,SAT'],
    [monthly(1), '@monthly 1 0 0'],
    [monthly(31, 23, 59), '@monthly 31 23 59'],
    [at(new Date(0)), '@at 1970-01-01T00:00:00.000Z'],
    [at(1_500), '@at 1970-01-01T00:00:01.500Z'],
    [at('2026-12-01T10:00+01:00'), '@at 2026-12-01T09:00:00.000Z'],
  ])('answer %s', (expression, text) => {
    expect(expression).toBe(text);
    expect(() => readExpression(text)).not.toThrow();
  });

  it.each<[() => string, RegExp]>([
    [() => every('5x' as '5s'), /^every\(\): "5x" is no interval; use milliseconds, or a string such as '30s'/],
    [() => every(999), /^every\(\): 999 is too often; an interval has one second at least$/],
    [() => every(Number.NaN), /^every\(\): NaN is no interval/],
    [() => daily(24), /^daily\(\): \[24,0\] has no such hour; it goes from 0 to 23$/],
    [() => daily(2, 60), /^daily\(\): \[2,60\] has no such minute; it goes from 0 to 59$/],
    [() => daily('2' as unknown as number), /^daily\(\): \["2",0\] has no such hour/],
    [() => weekly('mo' as 'mon', 9), /^weekly\(\): \["mo",9,0\] names no day of the week; there are sunday, /],
    [() => weekly([], 9), /^weekly\(\): \[\[\],9,0\] names no day of the week$/],
    [() => weekly('mon', 9.5), /^weekly\(\): .* has no such hour/],
    [() => monthly(32), /^monthly\(\): \[32,0,0\] has no such date; it goes from 1 to 31$/],
    [() => monthly(0), /^monthly\(\): .* has no such date/],
    [() => monthly(1, 24), /^monthly\(\): .* has no such hour/],
    [() => monthly(1.5), /^monthly\(\): .* has no such date/],
    [() => at(new Date(Number.NaN)), /^at\(\): .* is no time$/],
    [() => at('2026-12-01T09:00'), /^at\(\): "2026-12-01T09:00" has no time; use ISO 8601 with Z or an offset/],
    [() => at('2026-02-30T09:00Z'), /^at\(\): .* has no time/],
    [() => at(8.64e15), /^at\(\): .* has no time/],
    [() => at(10n as unknown as number), /^at\(\): 10 cannot be read$/],
    [() => monthly(Symbol('date') as unknown as number), /^monthly\(\): .* has no such date/],
    [() => monthly(1, '2 3' as unknown as number), /^monthly\(\): .* has no such hour/],
  ])('refuse %s', (build, message) => {
    expect(build).toThrow(InvalidScheduleError);
    expect(build).toThrow(message);
  });

  it('lose nothing of an interval', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1_000, max: 3_000_000_000 }), fc.constantFrom(1, 1_000, 60_000), (count, unit) => {
        const interval = Math.ceil(count / unit) * unit;
        fc.pre(interval >= 1_000);
        expect(readExpression(every(interval))).toEqual({ kind: 'every', interval });
      }),
    );
  });
});
