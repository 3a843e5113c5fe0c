import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

const repository = path.resolve(__dirname, '..', '..');
const docs = path.join(repository, 'docs');

/** A code block that says above it which file it shows: `<!-- shows test/docs/example.spec.ts -->`. */
const SHOWN = /<!-- shows (\S+) -->\n+```\w*\n(.*?)```/gs;

/** The pages of the documentation with the files they show. */
async function shown(): Promise<readonly (readonly [page: string, file: string, code: string])[]> {
  const pages = (await readdir(docs, { recursive: true })).filter((name) => name.endsWith('.md'));
  const blocks = await Promise.all(
    pages.map(async (page) =>
      [...(await readFile(path.join(docs, page), 'utf8')).matchAll(SHOWN)].map(
        ([, file = '', code = '']) => [page, file, code] as const,
      ),
    ),
  );
  return blocks.flat();
}

describe('code that the documentation shows', () => {
  it('is the code of the file that it names, which is run or built', async () => {
    const blocks = await shown();
    expect(blocks.map(([page, file]) => `${page}: ${file}`)).toContain(
      'guide/testing.md: test/docs/testing-example.spec.ts',
    );
    for (const [page, file, code] of blocks) {
      expect({ page, file, code }).toEqual({ page, file, code: await readFile(path.join(repository, file), 'utf8') });
    }
  });
});
