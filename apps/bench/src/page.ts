import { ENGINE_NAMES, type EngineName } from './engines/engine.js';
import type { RowResult } from './run.js';
import { figure, markdownTable, ratioText } from './table.js';
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
  /** Rows that were measured again since, on the same machine with the same engines. */
  readonly again?: readonly Again[];
}

export interface Again {
  readonly date: string;
  /** Their ids. */
  readonly rows: readonly string[];
}

/** The page with what a report says in each of its marked places. */
export function pageWith(page: string, report: Report): string {
  const parts: Readonly<Record<string, string>> = {
    targets: targetTable(report.rows),
    table: markdownTable(report.rows),
    run: runLine(report),
    figures: figures(report.rows),
  };
  return page.replace(
    /(<!-- (\w+): written by npm run bench -- --publish -->\n)[^]*?(\n<!-- end -->)/g,
    (whole, begin: string, name: string, end: string) =>
      parts[name] === undefined ? whole : `${begin}\n${parts[name]}\n${end}`,
  );
}

function runLine({ date, seconds, machine, versions, rows, again = [] }: Report): string {
  const engines = ENGINE_NAMES.map((name) => `${name} ${versions[name]}`).join(', ');
  return [
    `${date.slice(0, 10)}, ${Math.round(seconds / 60)} minutes, ${machine.cores} cores (${machine.cpu}), ${machine.memoryGiB} GiB,`,
    `Linux ${machine.system}, Node ${versions['node']}, Redis ${versions['redis']} without persistence;`,
    `${engines}.`,
    ...again.map((one) => `Measured again on ${one.date.slice(0, 10)}: ${titlesOf(one, rows)}.`),
  ].join(' ');
}

function titlesOf({ rows: ids }: Again, rows: readonly RowResult[]): string {
  return rows.flatMap(({ id, title }) => (ids.includes(id) ? [title] : [])).join('; ');
}

/** The three that matter most, for the README. */
function figures(rows: readonly RowResult[]): string {
  const shown: readonly (readonly [string, string, string])[] = [
    ['drain-50', 'jobs worked off a second, concurrency 50', ''],
    ['submit-bulk', 'jobs submitted a second, in bulk', ''],
    ['drain-redisMicroseconds', 'Redis CPU to work off a job', ' µs'],
  ];
  const lines = shown.flatMap(([id, title, unit]) => {
    const row = rows.find((each) => each.id === id);
    return row === undefined ? [] : [[title, ...ENGINE_NAMES.map((engine) => cell(row, engine, unit))]];
  });
  return [['', ...ENGINE_NAMES], ['---', ...ENGINE_NAMES.map(() => '--:')], ...lines]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

/** The others' figures with what they are of ours. */
function cell({ engines }: RowResult, engine: EngineName, unit: string): string {
  const result = engines[engine];
  if (result === undefined || result.runs.length === 0) {
    return '—';
  }
  const ours = result.ratio === undefined ? '' : ` (${ratioText(1 / result.ratio)})`;
  return `${figure(result.median)}${unit}${ours}`;
}
