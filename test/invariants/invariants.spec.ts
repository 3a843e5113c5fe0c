import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { draw, drawable } from './drawn.js';
import { EQUIVALENTS } from './equivalents.js';
import type { Shown } from './invariant.js';
import { changed } from './mutant-text.js';
import { PAGE, page } from './page.js';
import { LUA, REPOSITORY } from './paths.js';
import { INVARIANTS } from './register.js';
import { readResults } from './results.js';
import { pattern } from './test-run.js';

const named = INVARIANTS.flatMap(({ id, shownBy }) => shownBy.map((shown) => ({ id, shown })));
const mutants = INVARIANTS.flatMap(({ id, mutants: all }) =>
  all.map((mutant) => ({ name: `${id}/${mutant.id}`, mutant })),
);

describe('the register of invariants', () => {
  it('names each invariant and each mutant once, and breaks every invariant', () => {
    const ids = INVARIANTS.map(({ id }) => id);
    const names = mutants.map(({ mutant }) => mutant.id);
    expect([...new Set(ids)]).toEqual(ids);
    expect([...new Set(names)]).toEqual(names);
    expect(INVARIANTS.filter(({ mutants: all }) => all.length === 0)).toEqual([]);
  });

  it.each(named.map(({ id, shown }): [string, string, Shown] => [id, (shown.told ?? shown.titles).join(' › '), shown]))(
    'names a test that is there, for %s: %s',
    (_id, _titles, { spec, source, titles }) => {
      expect(existsSync(join(REPOSITORY, spec))).toBe(true);
      const written = readFileSync(join(REPOSITORY, source), 'utf8');
      expect(titles.filter((title) => !isWritten(title, written))).toEqual([]);
    },
  );

  it.each(mutants.map(({ name, mutant }) => [name, mutant] as const))(
    'changes a text that stands in its file once: %s',
    (_name, mutant) => {
      const text = readFileSync(join(REPOSITORY, mutant.file), 'utf8');
      expect(changed(mutant)).not.toBe(text);
    },
  );

  it('has a result for every mutant and for no other: npm run mutants -- --publish brings it', () => {
    const { caught } = readResults();
    expect(Object.keys(caught).toSorted()).toEqual(mutants.map(({ name }) => name).toSorted());
    expect(Object.values(caught)).not.toContain('');
  });

  it('is what the page shows: npm run mutants -- --page writes it', () => {
    expect(readFileSync(PAGE, 'utf8')).toBe(page(readResults()));
  });
});

describe('mutants that are drawn', () => {
  it('are the same for the same seed, and others for another', () => {
    const ids = (seed: number): readonly string[] => draw(seed, 20).map(({ id }) => id);
    expect(ids(1)).toEqual(ids(1));
    expect(ids(2)).not.toEqual(ids(1));
  });

  it('each change one line of a script', () => {
    const all = drawable();
    expect(all.length).toBeGreaterThan(500);
    for (const mutant of all) {
      const [before, after] = [readFileSync(join(REPOSITORY, mutant.file), 'utf8'), changed(mutant)].map((text) =>
        text.split('\n'),
      ) as [string[], string[]];
      expect(after.length).toBe(before.length);
      expect(after.filter((line, index) => line !== before[index])).toEqual([mutant.becomes]);
    }
  });

  it.each(EQUIVALENTS)('leave out a line that is there: $file: $line', ({ file, line }) => {
    const lines = readFileSync(join(REPOSITORY, LUA, file), 'utf8').split('\n');
    expect(lines.map((each) => each.trim())).toContain(line);
  });
});

describe('the tests of an invariant', () => {
  it('are found by the words of their file, with anything where a word is put in', () => {
    const shown = { spec: 'a', source: 'a', titles: ['leases', 'live on by a %s (one.two)'] };
    expect(new RegExp(pattern([shown])).test('a store leases live on by a tick (one.two)')).toBe(true);
    expect(new RegExp(pattern([shown])).test('a store leases live on by a tick (one-two)')).toBe(false);
    expect(new RegExp(pattern([shown])).test('a store leases live on by a tick (one.two) and more')).toBe(false);
  });
});

function isWritten(title: string, source: string): boolean {
  return [`'${title}'`, `"${title}"`, `\`${title}\``].some((quoted) => source.includes(quoted));
}
