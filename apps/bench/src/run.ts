import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { EngineName, Target } from './engines/engine.js';
import { QUICK, QUICK_OF, type Row } from './plan/index.js';
import { median } from './quantile.js';
import { RedisProbe } from './redis-probe.js';
import type { Figures, Parameters, TaskOrder } from './tasks/task.js';

/** A row's figures: each counted run of each engine, and what comes of them. */
export interface RowResult {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly better: 'more' | 'less';
  readonly engines: Readonly<Partial<Record<EngineName, EngineResult>>>;
  /** Our own figure over the one it is held against, run by run: the median of the ratios. */
  readonly against?: { readonly title: string; readonly runs: readonly number[]; readonly ratio: number };
}

export interface EngineResult {
  readonly runs: readonly number[];
  readonly median: number;
  readonly least: number;
  readonly most: number;
  /** Ours over this one, pair by pair: the median of the ratios. Absent for ourselves. */
  readonly ratio?: number;
  /** Why there is no figure. */
  readonly error?: string;
}

/** What a row is measured with. */
export interface RunContext {
  readonly target: Target;
  readonly cache: MeasurementCache;
  readonly quick: boolean;
  /** The delaying proxy's. */
  readonly proxyPort: number;
  readonly say: (text: string) => void;
}

/** A measurement that takes longer, in milliseconds, has failed. */
const LONGEST_RUN = 400_000;

/** Runs one measurement in a process of its own, on an empty Redis. */
export async function measure(order: TaskOrder): Promise<Figures> {
  const probe = new RedisProbe(order.target);
  await probe.flush();
  probe.close();
  const child = spawn(process.execPath, ['--expose-gc', join(__dirname, 'measure.js'), JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [output, errors] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const timer = setTimeout(() => child.kill('SIGKILL'), LONGEST_RUN);
  const [code] = (await once(child, 'exit')) as [number | null];
  clearTimeout(timer);
  const line = output.trim().split('\n').at(-1) ?? '';
  if (code !== 0 || !line.startsWith('{')) {
    throw new Error(
      `${order.engine}, ${order.task}: ${errors.trim().split('\n').slice(0, 4).join(' ') || `exit ${code}`}`,
    );
  }
  return JSON.parse(line) as Figures;
}

/** Shares measurements between rows that differ only in the figure they show. */
export class MeasurementCache {
  private readonly known = new Map<string, Promise<Figures>>();

  get(order: TaskOrder, run: number): Promise<Figures> {
    const key = JSON.stringify([order.task, order.engine, order.parameters, run]);
    let figures = this.known.get(key);
    if (figures === undefined) {
      figures = measure(order);
      this.known.set(key, figures);
    }
    return figures;
  }
}

/** Runs a row: the engines in turn (A B A B …), a first round discarded, the counted rounds paired. */
export async function runRow(row: Row, context: RunContext): Promise<RowResult> {
  const most = context.quick ? 1 : (row.runs ?? 5);
  const warmUp = context.quick || most === 1 ? 0 : 1;
  const figures = new Map<EngineName, number[]>(row.engines.map((engine) => [engine, []]));
  const against: number[] = [];
  const errors = new Map<EngineName, string>();
  for (let run = -warmUp; run < most; run++) {
    for (const engine of row.engines) {
      const runs = context.quick ? 1 : (row.runsOf?.[engine] ?? most);
      if (errors.has(engine) || run >= runs || (run < 0 && runs === 1)) {
        continue;
      }
      try {
        const value = await figureOf(row, parametersOf(row, engine, context), engine, run, context);
        if (run >= 0) {
          figures.get(engine)?.push(value);
        }
        if (engine === 'nestjs-jobs' && row.against !== undefined && !context.quick) {
          const other = await figureOf(row, row.against.parameters, engine, run, context, ` ${row.against.title}`);
          if (run >= 0) {
            against.push(other);
          }
        }
      } catch (error) {
        errors.set(engine, error instanceof Error ? error.message : String(error));
        context.say(`${row.title} · ${engine}: FAILED ${errors.get(engine)}`);
      }
    }
  }
  const ours = figures.get('nestjs-jobs') ?? [];
  return {
    id: row.id,
    title: row.title,
    unit: row.unit,
    better: row.better,
    engines: Object.fromEntries(
      row.engines.map((engine) => [engine, resultOf(engine, figures.get(engine) ?? [], ours, errors.get(engine))]),
    ),
    ...(row.against === undefined || against.length === 0
      ? {}
      : { against: { title: row.against.title, runs: against, ratio: median(ratios(ours, against)) } }),
  };
}

async function figureOf(
  row: Row,
  parameters: Parameters,
  engine: EngineName,
  run: number,
  { target, cache, say }: RunContext,
  suffix = '',
): Promise<number> {
  const value = (await cache.get({ task: row.task, engine, target, parameters }, run))[row.figure];
  if (value === undefined) {
    throw new Error(`no figure '${row.figure}'`);
  }
  say(
    `${row.title}${suffix} · ${engine}: ${value.toFixed(value < 100 ? 2 : 0)} ${row.unit}${run < 0 ? ' (warm-up)' : ''}`,
  );
  return value;
}

function parametersOf(row: Row, engine: EngineName, { quick, proxyPort }: RunContext): Parameters {
  const jobs = quick ? (row.quick?.['jobs'] === QUICK ? QUICK_OF[engine] : undefined) : row.jobsFor?.[engine];
  return {
    ...(quick ? row.quick : row.parameters),
    ...(jobs === undefined ? {} : { jobs }),
    ...(row.roundTrip === undefined ? {} : { proxyPort }),
  };
}

function resultOf(
  engine: EngineName,
  runs: readonly number[],
  ours: readonly number[],
  error: string | undefined,
): EngineResult {
  // One that uses nothing at all has no ratio.
  const pairs = ratios(ours, runs).filter(Number.isFinite);
  return {
    runs,
    median: runs.length === 0 ? Number.NaN : median(runs),
    least: Math.min(...runs),
    most: Math.max(...runs),
    ...(engine === 'nestjs-jobs' || pairs.length === 0 ? {} : { ratio: median(pairs) }),
    ...(error === undefined ? {} : { error }),
  };
}

/** Ours over the other's, run by run. */
function ratios(ours: readonly number[], theirs: readonly number[]): readonly number[] {
  return theirs.flatMap((value, index) => {
    const own = ours[index];
    return own === undefined ? [] : [own / value];
  });
}
