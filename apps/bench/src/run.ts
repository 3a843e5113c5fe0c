import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { EngineName, Target } from './engines/engine.js';
import type { Row } from './plan/index.js';
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
  const [code] = (await once(child, 'exit')) as [number | null];
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
export async function runRow(
  row: Row,
  target: Target,
  cache: MeasurementCache,
  quick: boolean,
  proxyPort: number | undefined,
  say: (text: string) => void,
): Promise<RowResult> {
  const runs = quick ? 1 : (row.runs ?? 5);
  const warmUp = quick || runs === 1 ? 0 : 1;
  const figures = new Map<EngineName, number[]>(row.engines.map((engine) => [engine, []]));
  const errors = new Map<EngineName, string>();
  for (let run = -warmUp; run < runs; run++) {
    for (const engine of row.engines) {
      if (errors.has(engine)) {
        continue;
      }
      try {
        const order = { task: row.task, engine, target, parameters: parametersOf(row, engine, quick, proxyPort) };
        const value = (await cache.get(order, run))[row.figure];
        if (value === undefined) {
          throw new Error(`no figure '${row.figure}'`);
        }
        if (run >= 0) {
          figures.get(engine)?.push(value);
        }
        say(
          `${row.title} · ${engine}: ${value.toFixed(value < 100 ? 2 : 0)} ${row.unit}${run < 0 ? ' (warm-up)' : ''}`,
        );
      } catch (error) {
        errors.set(engine, error instanceof Error ? error.message : String(error));
        say(`${row.title} · ${engine}: FAILED ${errors.get(engine)}`);
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
  };
}

function parametersOf(row: Row, engine: EngineName, quick: boolean, proxyPort: number | undefined): Parameters {
  const jobs = quick ? undefined : row.jobsFor?.[engine];
  return {
    ...(quick ? row.quick : row.parameters),
    ...(jobs === undefined ? {} : { jobs }),
    ...(row.roundTrip === undefined || proxyPort === undefined ? {} : { proxyPort }),
  };
}

function resultOf(
  engine: EngineName,
  runs: readonly number[],
  ours: readonly number[],
  error: string | undefined,
): EngineResult {
  const pairs = runs.flatMap((value, index) => pairOf(ours[index], value));
  return {
    runs,
    median: runs.length === 0 ? Number.NaN : median(runs),
    least: Math.min(...runs),
    most: Math.max(...runs),
    ...(engine === 'nestjs-jobs' || pairs.length === 0 ? {} : { ratio: median(pairs) }),
    ...(error === undefined ? {} : { error }),
  };
}

function pairOf(ours: number | undefined, theirs: number): readonly number[] {
  return ours === undefined ? [] : [ours / theirs];
}
