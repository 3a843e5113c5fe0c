import type { JobRecord } from 'nestjs-jobs';

const COLUMNS = ['type', 'jobs', 'done', 'retried', 'failed', 'p50', 'p95'] as const;

/** A table of what the jobs came to, by type. Times are those of the last attempt, from its start to its end. */
export function summaryTable(records: readonly JobRecord[]): string {
  const types = [...new Set(records.map(({ type }) => type))].sort();
  const rows = [
    [...COLUMNS],
    ...types.map((type) =>
      row(
        type,
        records.filter((record) => record.type === type),
      ),
    ),
    row('all', records),
  ];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  const lines = rows.map((cells) =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('   '),
  );
  const rule = '─'.repeat(lines[0]?.length ?? 0);
  return [lines[0], rule, ...lines.slice(1, -1), rule, lines.at(-1)].map((line) => `  ${line}`).join('\n');
}

function row(name: string, records: readonly JobRecord[]): string[] {
  const times = records.flatMap(({ startedAt, finishedAt }) =>
    startedAt === undefined || finishedAt === undefined ? [] : [finishedAt - startedAt],
  );
  return [
    name,
    String(records.length),
    String(records.filter(({ state }) => state === 'completed').length),
    String(records.filter(({ attempts }) => attempts > 1).length),
    String(records.filter(({ state }) => state === 'failed').length),
    percentile(times, 0.5),
    percentile(times, 0.95),
  ];
}

/** The smallest time that the share of all times does not exceed. */
function percentile(times: readonly number[], share: number): string {
  const sorted = times.toSorted((a, b) => a - b);
  const found = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
  return found === undefined ? '-' : `${found} ms`;
}
