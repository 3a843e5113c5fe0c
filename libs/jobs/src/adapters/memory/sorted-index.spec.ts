import * as fc from 'fast-check';
import { type Entry, SortedIndex } from './sorted-index.js';

const entryOf = (major: number, minor: number): Entry<number> => ({ major, minor, value: minor });

describe('SortedIndex', () => {
  it('keeps the order a sorted array keeps, whatever is added and deleted', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ major: fc.integer({ min: -3, max: 3 }), remove: fc.boolean() }), { maxLength: 2_000 }),
        fc.nat(),
        (steps, pick) => {
          const index = new SortedIndex<number>();
          let model: Entry<number>[] = [];
          steps.forEach(({ major, remove }, minor) => {
            if (remove && model.length > 0) {
              const [gone] = model.splice((pick + minor) % model.length, 1);
              index.delete(gone as Entry<number>);
            } else {
              const entry = entryOf(major === 3 ? -Infinity : major, minor);
              model.push(entry);
              index.add(entry);
            }
          });
          model = model.sort((a, b) => (a.major === b.major ? a.minor - b.minor : a.major < b.major ? -1 : 1));
          expect(index.size).toBe(model.length);
          expect([...index.ascending()]).toEqual(model);
          expect([...index.descending()]).toEqual(model.toReversed());
          expect(index.first()).toBe(model[0]);
          expect(index.last()).toBe(model.at(-1));
          const at = model.length === 0 ? 0 : pick % model.length;
          const middle = model[at];
          if (middle !== undefined) {
            expect([...index.ascending(middle)]).toEqual(model.slice(at + 1));
            expect([...index.descending(middle)]).toEqual(model.slice(0, at).toReversed());
            expect(index.firstFrom(middle)).toBe(middle);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('holds many entries in chunks, in any order of arrival', () => {
    const index = new SortedIndex<number>();
    const entries = Array.from({ length: 20_000 }, (_, minor) => entryOf((minor * 7_919) % 20_011, minor));
    for (const entry of entries) {
      index.add(entry);
    }
    const majors = [...index.ascending()].map(({ major }) => major);
    expect(majors).toEqual(majors.toSorted((a, b) => a - b));
    for (const entry of entries) {
      index.delete(entry);
    }
    expect(index.size).toBe(0);
    expect(index.first()).toBeUndefined();
    expect([...index.ascending()]).toEqual([]);
  });

  it('does not delete what it does not hold', () => {
    const index = new SortedIndex<number>();
    index.add(entryOf(1, 1));
    expect(() => index.delete(entryOf(1, 1))).toThrow('not in this index');
    expect(() => index.delete(entryOf(2, 0))).toThrow('not in this index');
  });
});
