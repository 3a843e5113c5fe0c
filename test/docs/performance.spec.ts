import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pageWith, type Report } from '../../apps/bench/src/page.js';
import { REPOSITORY } from './pages.js';
import { unformatted } from './unformatted.js';

function read(name: string): string {
  return readFileSync(path.join(REPOSITORY, name), 'utf8');
}

describe('figures on the pages', () => {
  const report = JSON.parse(read('apps/bench/results/latest.json')) as Report;

  it.each(['README.md', 'docs/performance.md'])('of %s are those of the benchmark that is kept with it', (name) => {
    const page = read(name);
    expect(page).toContain('written by npm run bench -- --publish');
    expect(unformatted(pageWith(page, report))).toBe(unformatted(page));
  });

  it('come from a whole run, with its chart', () => {
    expect([report.quick, report.aof]).toEqual([false, false]);
    expect(report.rows.length).toBeGreaterThan(50);
    expect(existsSync(path.join(REPOSITORY, 'docs/performance.svg'))).toBe(true);
  });
});
