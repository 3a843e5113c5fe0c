import * as fc from 'fast-check';
import { InvalidOptionError } from './errors/errors.js';
import { MAX_PRIORITY, parsePriority, priorityLabel, PRIORITIES } from './priority.js';

describe('parsePriority', () => {
  it('reads names', () => {
    expect(['low', 'normal', 'high', 'critical', 'urgent'].map((name) => parsePriority(name))).toEqual([
      -100, 0, 100, 200, 200,
    ]);
  });

  it('reads every integer in range as itself', () => {
    fc.assert(
      fc.property(fc.integer({ min: -MAX_PRIORITY, max: MAX_PRIORITY }), (priority) => {
        expect(parsePriority(priority)).toBe(priority);
      }),
    );
    expect(Object.is(parsePriority(-0), 0)).toBe(true);
  });

  it.each([1.5, MAX_PRIORITY + 1, -MAX_PRIORITY - 1, Number.NaN, Infinity, '5', 'High', 'constructor', null, {}, true])(
    'refuses %p, naming what is allowed',
    (value) => {
      expect(() => parsePriority(value)).toThrow(InvalidOptionError);
      expect(() => parsePriority(value)).toThrow('low, normal, high, critical, urgent');
    },
  );
});

describe('priorityLabel', () => {
  it('is the name where there is one, else the number', () => {
    expect(Object.values(PRIORITIES).map(priorityLabel)).toEqual(['low', 'normal', 'high', 'critical', 'critical']);
    expect(priorityLabel(7)).toBe('7');
    expect(priorityLabel(-7)).toBe('-7');
  });
});
