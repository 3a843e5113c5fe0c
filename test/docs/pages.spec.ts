import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import {
  anchorsOf,
  type Block,
  blocksOf,
  filesIn,
  type Page,
  pages,
  proseOf,
  REPOSITORY,
  tableUnder,
} from './pages.js';

const all = pages();

function read(name: string): string {
  return readFileSync(path.join(REPOSITORY, name), 'utf8');
}

function pageNamed(name: string): Page {
  return all.find((page) => page.name === name) as Page; // each name here is one of the repository
}

/** Code as it is compared: a block may stand deeper in its file than on its page, and broken into other lines. */
function flat(code: string): string {
  return code
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n');
}

describe('code on the pages', () => {
  const blocks = all.flatMap(blocksOf).filter(({ language }) => language === 'ts');
  // What is run: the examples of the documentation, and the one spec that a store needs.
  const files = [...filesIn('test/docs', '.ts'), 'libs/jobs/src/adapters/memory/memory-store.spec.ts'].map((name) =>
    flat(read(name)),
  );
  // Its long example is compared with its file whole; the rest are calls out of it.
  const isShownWhole = ({ page }: Block): boolean => page === 'docs/guide/testing.md';
  const isPromise = ({ page }: Block): boolean =>
    !page.startsWith('docs/') || (page.startsWith('docs/guide/') && page !== 'docs/guide/testing.md');

  it('is found', () => {
    expect(blocks.length).toBeGreaterThan(20);
    expect(blocks.some(isShownWhole)).toBe(true);
  });

  it.each(blocks.map((block): [string, Block] => [`${block.page}: ${block.code.split('\n')[0] ?? ''}`, block]))(
    'stands in a file that is compiled and run: %s',
    (_name, block) => {
      if (files.some((file) => file.includes(flat(block.code)))) {
        return;
      }
      if (isPromise(block) && !block.isFragment) {
        throw new Error(`This code of ${block.page} stands in no file under test/docs:\n${block.code}`);
      }
      const { diagnostics = [] } = ts.transpileModule(block.code, {
        reportDiagnostics: true,
        compilerOptions: { target: ts.ScriptTarget.ES2022, experimentalDecorators: true },
      });
      expect(diagnostics.map(({ messageText }) => messageText)).toEqual([]);
    },
  );
});

describe('links', () => {
  it.each(all.map((page): [string, Page] => [page.name, page]))('of %s lead somewhere', (_name, page) => {
    const dead = [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => {
        const [file = '', anchor] = target.split('#');
        const name = file === '' ? page.name : path.join(path.dirname(page.name), file);
        if (!existsSync(path.join(REPOSITORY, name))) {
          return true;
        }
        const to = all.find((each) => each.name === name);
        return anchor !== undefined && (to === undefined || !anchorsOf(to).has(anchor));
      });
    expect(dead).toEqual([]);
  });

  it('lead from the index to every page', () => {
    const index = pageNamed('docs/README.md').text;
    const missing = all
      .map(({ name }) => name)
      .filter((name) => name.startsWith('docs/') && name !== 'docs/README.md')
      .filter((name) => !index.includes(`](${path.relative('docs', name)})`));
    expect(missing).toEqual([]);
  });
});

describe('tables', () => {
  const codesIn = (name: string, heading: string): readonly string[] =>
    tableUnder(pageNamed(name), heading).map(([first = '']) => /`([^`]+)`/.exec(first)?.[1] ?? first);

  it('name every error class, its code, and no other', () => {
    const classes = [
      ...filesIn('libs/jobs/src/domain', 'errors.ts')
        .map(read)
        .join('\n')
        .matchAll(/export class (\w+) extends JobsError \{\s+readonly code = '([\w-]+)'/g),
    ].map(([, name, code]) => [`\`${code}\``, `\`${name}\``]);
    const rows = ['## Errors you catch', '## Errors a handler throws', '## Reasons a signal aborts'].flatMap(
      (heading) => tableUnder(pageNamed('docs/guide/errors.md'), heading).map(([code, name]) => [code, name]),
    );
    expect(rows.toSorted(byFirst)).toEqual(classes.toSorted(byFirst));
  });

  it('name every code that the store or the engine gives a failure of its own', () => {
    const given = [
      ...filesIn('libs/jobs/src/adapters/redis/scripts/lua', '.lua'),
      'libs/jobs/src/domain/outcome.ts',
      'libs/jobs/src/domain/failure.ts',
    ].flatMap((name) => [
      ...[...read(name).matchAll(/"code":"([\w-]+)"/g)].map(([, code]) => code),
      ...[...read(name).matchAll(/give_up\(.*?, '([\w-]+)'/g)].map(([, code]) => code),
      ...[...read(name).matchAll(/\bcode(?: =|:) '([\w-]+)'/g)].map(([, code]) => code),
    ]);
    const listed = codesIn('docs/guide/errors.md', '## Codes of failed attempts');
    expect([...new Set(given)].filter((code) => !listed.includes(code as string))).toEqual([]);
  });

  it('name options that exist', () => {
    const known = read('docs/reference/options.md');
    const missing = codesIn('README.md', '## Options').filter((option) => !known.includes(`| \`${option}\` `));
    expect(missing).toEqual([]);
  });

  it('name variables that exist', () => {
    const known = read('.env.example');
    const named = all.flatMap(({ text }) => text.match(/\bJOBS_[A-Z_]+\b/g) ?? []);
    // Those of the tests are no options of the module.
    const options = [...new Set(named)].filter((name) => !/^JOBS_(FUZZ|MODEL)_/.test(name));
    expect(options.filter((name) => !known.includes(`\n${name}=`))).toEqual([]);
  });
});

function byFirst(a: readonly (string | undefined)[], b: readonly (string | undefined)[]): number {
  return String(a[0]).localeCompare(String(b[0]));
}
