import type { EngineName } from './engines/engine.js';
import type { RowResult } from './run.js';
import { figure } from './table.js';

/** A figure that is to be reached, aimed at and at least. */
interface Target {
  readonly title: string;
  readonly aim: number;
  readonly floor: number;
  readonly better: 'more' | 'less';
  /** '×' for ratios. */
  readonly unit: string;
  /** The figure reached; `undefined` where a row of it was not run. */
  readonly of: (rows: Rows) => number | undefined;
}

type Rows = ReadonlyMap<string, RowResult>;

const PEERS: readonly EngineName[] = ['bullmq', 'bee-queue', 'groupmq'];
const MANY = ['drain-10', 'drain-50', 'drain-100'];

const TARGETS: readonly Target[] = [
  more('drain, concurrency 1, over BullMQ', 30, 15, to('bullmq', 'drain-1')),
  more('drain, concurrency 10, 50 and 100, over BullMQ, the least', 10, 5, to('bullmq', ...MANY)),
  more('the same over the best peer', 6, 3, toBest(...MANY)),
  more('drain with results kept 24 h, concurrency 100, over BullMQ', 6, 3.5, to('bullmq', 'drain-kept-100')),
  more('four worker processes, over BullMQ', 8, 4, to('bullmq', 'processes-4')),
  more('submit, 100 in flight, over BullMQ', 5, 3, to('bullmq', 'submit-100')),
  more('the same over the best peer', 1.5, 1.1, toBest('submit-100')),
  more('bulk submit, over BullMQ', 10, 6, to('bullmq', 'submit-bulk')),
  more('the same over the best peer', 3, 2, toBest('submit-bulk')),
  ...[200, 2_000].flatMap((rate) =>
    ['p50', 'p99'].map((share) =>
      less(
        `pickup latency ${share} at ${rate.toLocaleString('en')}/s, to BullMQ`,
        0.5,
        0.9,
        to('bullmq', `latency-${rate}-${share}`),
      ),
    ),
  ),
  less('bytes of a pending job, to BullMQ', 0.3, 0.45, to('bullmq', 'bytes-pending')),
  less('bytes of a finished job with its result, to BullMQ', 0.35, 0.5, to('bullmq', 'bytes-finished')),
  less('Redis CPU a job, submitted and processed, to BullMQ', 0.1, 0.2, redisCpu),
  more('drain at a backlog of 1,000,000 over that at 10,000', 1, 0.9, toOther('backlog-1000000')),
  more('drain at 1 ms round trip over that on loopback', 0.9, 0.7, toOther('drain-rtt')),
  less('idle: round trips to Redis a second, a process and queue', 0.4, 1, own('idle-callsASecond'), ''),
  less('worker heap growth between job 100,000 and 1,000,000', 0, 20, own('growth'), ' MB'),
  more('our drain with a validated payload, over without', 0.6, 0.4, toOther('drain-with-validation')),
  more('our drain with a middleware, over without', 0.6, 0.4, toOther('drain-with-middleware')),
  more('our drain with a listener, over without', 0.6, 0.4, toOther('drain-with-listener')),
  more('our drain with all three, over without', 0.6, 0.4, toOther('drain-with-all')),
  less('one job alone: from submit to handler', 1, 10, own('alone-pickup'), ' ms'),
  less('one job alone: from handler to outcome stored', 0.5, 5, own('alone-overhead'), ' ms'),
  less('longest script at 500 jobs of 1 KB', 5, 5, longestScript, ' ms'),
];

/** What was to be reached, and what was, as a Markdown table. */
export function targetTable(results: readonly RowResult[]): string {
  const rows: Rows = new Map(results.map((row) => [row.id, row]));
  const lines = TARGETS.flatMap((target) => {
    const reached = target.of(rows);
    return reached === undefined ? [] : [lineOf(target, reached)];
  });
  return [['', 'reached', 'aim', 'floor', ''], ['---', '--:', '--:', '--:', '---'], ...lines]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

function lineOf({ title, aim, floor, better, unit }: Target, reached: number): readonly string[] {
  const meets = (bound: number): boolean => (better === 'more' ? reached >= bound : reached <= bound);
  const verdict = meets(aim) ? 'aim reached' : meets(floor) ? 'floor held' : '**below the floor**';
  return [title, `${figure(reached)}${unit}`, `${aim}${unit}`, `${floor}${unit}`, verdict];
}

function more(title: string, aim: number, floor: number, of: Target['of'], unit = '×'): Target {
  return { title, aim, floor, better: 'more', of, unit };
}

function less(title: string, aim: number, floor: number, of: Target['of'], unit = '×'): Target {
  return { title, aim, floor, better: 'less', of, unit };
}

/** The least of our ratios to an engine over some rows. */
function to(engine: EngineName, ...ids: readonly string[]): Target['of'] {
  return (rows) => least(ids.map((id) => rows.get(id)?.engines[engine]?.ratio));
}

function toBest(...ids: readonly string[]): Target['of'] {
  return (rows) => least(ids.map((id) => least(PEERS.map((peer) => rows.get(id)?.engines[peer]?.ratio))));
}

function toOther(id: string): Target['of'] {
  return (rows) => rows.get(id)?.against?.ratio;
}

function own(id: string): Target['of'] {
  return (rows) => median(rows, id, 'nestjs-jobs');
}

function redisCpu(rows: Rows): number | undefined {
  const sum = (engine: EngineName): number =>
    (median(rows, 'submit-redisMicroseconds', engine) ?? Number.NaN) +
    (median(rows, 'drain-redisMicroseconds', engine) ?? Number.NaN);
  const ratio = sum('nestjs-jobs') / sum('bullmq');
  return Number.isNaN(ratio) ? undefined : ratio;
}

function longestScript(rows: Rows): number | undefined {
  const held = ['hold-submit', 'hold-process'].flatMap((id) => median(rows, id, 'nestjs-jobs') ?? []);
  return held.length === 0 ? undefined : Math.max(...held);
}

function median(rows: Rows, id: string, engine: EngineName): number | undefined {
  const result = rows.get(id)?.engines[engine];
  return result === undefined || result.runs.length === 0 ? undefined : result.median;
}

function least(ratios: readonly (number | undefined)[]): number | undefined {
  const known = ratios.filter((ratio) => ratio !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
