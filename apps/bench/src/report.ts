import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { chart } from './chart.js';
import { ENGINE_NAMES } from './engines/engine.js';
import { ENGINES } from './engines/index.js';
import { RESULTS_FOLDER, ROOT } from './folders.js';
import type { RowResult } from './run.js';
import { markdownTable } from './table.js';
import { targetTable } from './targets.js';

/** A run of the benchmark, as it is written. */
export interface Report {
  readonly date: string;
  readonly seconds: number;
  readonly quick: boolean;
  readonly aof: boolean;
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memoryGiB: number;
    readonly system: string;
  };
  readonly versions: Readonly<Record<string, string>>;
  readonly rows: readonly RowResult[];
}

export function makeReport(run: Pick<Report, 'seconds' | 'quick' | 'aof' | 'rows'>, redisVersion: string): Report {
  return {
    date: new Date().toISOString(),
    ...run,
    machine: {
      cpu: cpus()[0]?.model.trim() ?? '',
      cores: cpus().length,
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      system: release(),
    },
    versions: {
      node: process.version,
      redis: redisVersion,
      ...Object.fromEntries(ENGINE_NAMES.map((name) => [name, ENGINES[name].version()])),
    },
  };
}

/** Writes the report beside those of other kinds, a whole one with its chart; answers the file. */
export function writeReport(report: Report, partial: boolean): string {
  mkdirSync(RESULTS_FOLDER, { recursive: true });
  const name = report.quick ? 'quick' : partial ? 'partial' : report.aof ? 'latest-aof' : 'latest';
  const file = join(RESULTS_FOLDER, `${name}.json`);
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
  return file;
}

/** The page that shows the latest whole run. */
export const PAGE = join(ROOT, 'docs/performance.md');
export const CHART = join(ROOT, 'docs/performance.svg');

/** Puts the latest whole run into the page, between its marks, and draws its chart. */
export function publish(): void {
  const report = latestReport();
  writeFileSync(PAGE, pageWith(readFileSync(PAGE, 'utf8'), report));
  writeFileSync(CHART, chart(report.rows));
}

export function latestReport(): Report {
  return JSON.parse(readFileSync(join(RESULTS_FOLDER, 'latest.json'), 'utf8')) as Report;
}

/** The page with what a report says in each of its marked places. */
export function pageWith(page: string, report: Report): string {
  const parts: Readonly<Record<string, string>> = {
    targets: targetTable(report.rows),
    table: markdownTable(report.rows),
    run: runLine(report),
  };
  return page.replace(
    /(<!-- (\w+): written by npm run bench -- --publish -->\n)[^]*?(\n<!-- end -->)/g,
    (whole, begin: string, name: string, end: string) =>
      parts[name] === undefined ? whole : `${begin}\n${parts[name]}\n${end}`,
  );
}

function runLine({ date, seconds, machine, versions }: Report): string {
  const engines = ENGINE_NAMES.map((name) => `${name} ${versions[name]}`).join(', ');
  return [
    `${date.slice(0, 10)}, ${Math.round(seconds / 60)} minutes, ${machine.cores} cores (${machine.cpu}), ${machine.memoryGiB} GiB,`,
    `Linux ${machine.system}, Node ${versions['node']}, Redis ${versions['redis']} without persistence;`,
    `${engines}.`,
  ].join(' ');
}
