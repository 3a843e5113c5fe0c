import type { CampaignReport } from './report.js';
import { replay, table } from './report.js';

const BEGIN = '<!-- campaign: written by npm run chaos -- --publish -->\n';
const END = '<!-- end of campaign -->';

/** The page with the figures of a campaign in their place. */
export function pageWith(page: string, report: CampaignReport): string {
  const begin = page.indexOf(BEGIN) + BEGIN.length;
  const end = page.indexOf(END);
  if (begin < BEGIN.length || end < begin) throw new Error('the page has no place for a campaign');
  const { at, seconds, redis, node, results } = report;
  const faults = results.reduce((sum, each) => sum + each.faults, 0);
  const jobs = results.reduce((sum, each) => sum + each.acknowledged, 0);
  const count = (each: number): string => each.toLocaleString('en');
  const words = `${count(faults)} faults and ${count(jobs)} jobs in ${Math.round(seconds / 60)} minutes, on ${at}: Redis ${redis}, Node ${node}, two cores. The same faults of one set-up again:`;
  const command = ['```bash', replay(report, results[0]?.setup), '```'].join('\n');
  return `${page.slice(0, begin)}\n${table(report)}\n${words}\n\n${command}\n\n${page.slice(end)}`;
}
