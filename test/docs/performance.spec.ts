import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { amended } from '../../apps/bench/src/amended.js';
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

  it('say of rows that were measured again which they are', () => {
    const [first, second] = report.rows;
    const again = (row = first, date = '2030-01-02T03:04:05Z'): Report => ({
      ...report,
      date,
      rows: row === undefined ? [] : [{ ...row, engines: {} }],
    });
    const once = amended({ ...report, again: [] }, again());
    expect(once).toEqual({
      ...report,
      rows: [{ ...first, engines: {} }, ...report.rows.slice(1)],
      again: [{ date: '2030-01-02T03:04:05Z', rows: [first?.id] }],
    });
    const both = amended(amended(once, again(second)), again(first, '2031-01-02T03:04:05Z'));
    expect(pageWith(read('docs/performance.md'), both)).toContain(
      `Measured again on 2030-01-02: ${second?.title}. Measured again on 2031-01-02: ${first?.title}.`,
    );
  });

  it('are not mixed with those of another machine', () => {
    const elsewhere = { ...report, machine: { ...report.machine, cores: 64 } };
    expect(() => amended(report, elsewhere)).toThrow('another machine');
  });
});
