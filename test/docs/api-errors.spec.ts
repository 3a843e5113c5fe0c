import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Page, pages, REPOSITORY, tableUnder } from './pages.js';

const errors = pages().find(({ name }) => name === 'docs/guide/api.md') as Page; // it is one of the repository

describe('the errors of api.md', () => {
  it('names every code, with its status', () => {
    const answers = 'libs/jobs/src/api/answers';
    const source = ['api-errors.ts', 'api-error.filter.ts']
      .map((name) => readFileSync(path.join(REPOSITORY, answers, name), 'utf8'))
      .join('\n');
    const own = [
      ...source.matchAll(/super\(\s*(\d+),\s*'([\w-]+)'/g),
      ...source.matchAll(/^ {2}(\d+): '([\w-]+)',$/gm),
      ...source.matchAll(/statusCode: (\d+), code: '([\w-]+)'/g),
    ].map(([, status = '', code = '']) => `${code} ${status}`);
    const rows = tableUnder(errors, '## Errors').map(([status, code]) => [code, status]);
    const named = rows.map(([code = '', status = '']) => `${code.replaceAll('`', '')} ${status}`);
    expect(named.toSorted()).toEqual([...new Set([...own, 'http any'])].toSorted());
    const statuses = readFileSync(path.join(REPOSITORY, answers, 'error-status.ts'), 'utf8');
    const prose = errors.text.slice(errors.text.indexOf('Those of the package'));
    for (const [, code = '', status = ''] of statuses.matchAll(/^ {2}'?([\w-]+)'?: (\d{3}),$/gm)) {
      expect([code, statusIn(prose, code)]).toEqual([code, status]);
    }
  });
});

/** The last status that is written before a code. */
function statusIn(prose: string, code: string): string | undefined {
  const before = prose.slice(0, Math.max(0, prose.indexOf(`\`${code}\``)));
  return before.match(/\b[45]\d\d\b/g)?.at(-1);
}
