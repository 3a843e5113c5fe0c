import type { BenchQueue, Engine, EngineName, Target } from '../engines/engine.js';
import type { RedisProbe } from '../redis-probe.js';

/** One measurement, as the main process orders it from a process of its own. */
export interface TaskOrder {
  readonly task: string;
  readonly engine: EngineName;
  readonly target: Target;
  readonly parameters: Parameters;
}

export type Parameters = Readonly<Record<string, number | boolean | string>>;

/** Named figures. */
export type Figures = Readonly<Record<string, number>>;

export interface TaskContext {
  readonly engine: Engine;
  readonly target: Target;
  readonly probe: RedisProbe;
  number(name: string, fallback?: number): number;
  flag(name: string): boolean;
  /** Opens the engine's queue; closed when the task ends. */
  open(options?: { readonly attempts?: number }): Promise<BenchQueue>;
  /** A parameter that is text. */
  text(name: string): string | undefined;
}

export type Task = (context: TaskContext) => Promise<Figures>;

/** Longest wait for the last job of a run, in milliseconds. */
export const PATIENCE = 300_000;
