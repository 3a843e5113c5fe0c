import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pageWith } from '../chaos/campaign/page.js';
import { broken, type CampaignReport } from '../chaos/campaign/report.js';
import { SETUPS } from '../chaos/campaign/setups.js';
import { REPOSITORY } from './pages.js';
import { unformatted } from './unformatted.js';

function read(name: string): string {
  return readFileSync(path.join(REPOSITORY, name), 'utf8');
}

describe('the page on reliability', () => {
  const page = read('docs/reliability.md');
  const report = JSON.parse(read('test/chaos/results/latest.json')) as CampaignReport;
  const sum = (values: readonly number[]): number => values.reduce((total, each) => total + each, 0);

  it('has the figures of the campaign that is kept with it', () => {
    expect(unformatted(pageWith(page, report))).toBe(unformatted(page));
  });

  it('has those of a whole campaign: every set-up, 300 faults and 200,000 jobs', () => {
    expect(report.results.map(({ setup }) => setup)).toEqual(SETUPS.map(({ name }) => name));
    expect(sum(report.results.map(({ faults }) => faults))).toBeGreaterThanOrEqual(300);
    expect(sum(report.results.map(({ acknowledged }) => acknowledged))).toBeGreaterThanOrEqual(200_000);
  });

  it('has those of a campaign in which every promise was kept', () => {
    expect(broken(report.results)).toEqual([]);
    const mayLose = report.results.filter(({ bound }) => bound !== undefined).map(({ setup }) => setup);
    expect(mayLose).not.toContain('AOF, always');
    const forgot = report.results.filter(({ lostWithinBound }) => lostWithinBound > 0).map(({ setup }) => setup);
    expect(mayLose).toEqual(expect.arrayContaining(forgot));
  });

  it('names specs that exist for each promise', () => {
    const promises = /## The promise\n(.*?)\n## /s.exec(page)?.[1] ?? '';
    const rows = promises
      .split('\n')
      .filter((line) => line.startsWith('| '))
      .slice(2);
    expect(rows.length).toBeGreaterThan(8);
    for (const row of rows) {
      const specs = [...row.matchAll(/\]\(\.\.\/([^)]+)\)/g)].map(([, name = '']) => name);
      expect([
        row,
        specs.filter((name) => name.endsWith('.spec.ts') && existsSync(path.join(REPOSITORY, name))),
      ]).toEqual([row, specs]);
      expect([row, specs.length]).not.toEqual([row, 0]);
    }
  });
});
