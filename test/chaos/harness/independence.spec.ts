import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const CHECKER = ['verdict.ts', 'store-audit.ts'];

/** All that a file imports, through other files too: files by their paths from here, and packages. */
function importsOf(file: string, seen = new Set<string>()): ReadonlySet<string> {
  for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(/\bfrom '([^']+)'/g)) {
    if (!name.startsWith('.')) {
      seen.add(name);
      continue;
    }
    const imported = join(dirname(file), name.replace(/\.js$/, '.ts'));
    const known = relative(__dirname, imported);
    if (!seen.has(known)) {
      seen.add(known);
      importsOf(imported, seen);
    }
  }
  return seen;
}

it('what judges a run shares no code with the engine: not a type, not a name of a key', () => {
  const imported = new Set(CHECKER.flatMap((name) => [...importsOf(join(__dirname, name))]));
  expect([...imported].sort()).toEqual([
    '../../servers/wait-for.ts',
    'incident.ts',
    'ioredis',
    'journal.ts',
    'line-order.ts',
    'node:fs',
    'node:os',
    'node:path',
    'node:timers/promises',
    'stored-jobs.ts',
  ]);
});
