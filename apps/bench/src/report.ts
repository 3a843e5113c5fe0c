import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { amended } from './amended.js';
import { chart } from './chart.js';
import { ENGINE_NAMES } from './engines/engine.js';
import { ENGINES } from './engines/index.js';
import { RESULTS_FOLDER, ROOT } from './folders.js';
import { pageWith, type Report } from './page.js';

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

/** Puts rows that were measured again into the latest whole run; answers the file. */
export function amendReport(report: Report): string {
  return writeReport(amended(latestReport(), report), false);
}

/** Puts the latest whole run into the pages that show it, between their marks, and draws its chart. */
export function publish(): void {
  const report = latestReport();
  for (const page of ['README.md', 'docs/performance.md']) {
    const file = join(ROOT, page);
    writeFileSync(file, pageWith(readFileSync(file, 'utf8'), report));
  }
  writeFileSync(join(ROOT, 'docs/performance.svg'), chart(report.rows));
}

function latestReport(): Report {
  return JSON.parse(readFileSync(join(RESULTS_FOLDER, 'latest.json'), 'utf8')) as Report;
}
