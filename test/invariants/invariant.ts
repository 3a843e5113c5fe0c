import { LUA, scriptFile } from './paths.js';

/** What always holds of jobs, which tests show it, and which changes of the code they must notice. */
export interface Invariant {
  /** Stable: mutants and results are told by it. */
  readonly id: string;
  /** One sentence. */
  readonly says: string;
  readonly shownBy: readonly Shown[];
  readonly mutants: readonly Mutant[];
}

/** A test, by the words of its file. */
export interface Shown {
  /** The spec that jest is given. */
  readonly spec: string;
  /** The file in which the words stand: the spec itself, or the subject of the contract that it runs. */
  readonly source: string;
  /** Its titles from the outermost on, as they are written: `%s` and `$name` stand for whatever comes in their place. */
  readonly titles: readonly string[];
  /** The same as jest tells them, where only some of what comes in their place is meant. */
  readonly told?: readonly string[];
}

/** A small change that breaks an invariant. */
export interface Mutant {
  readonly id: string;
  /** What is wrong then, in a few words. */
  readonly breaks: string;
  /** From the root of the repository. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** The invariants of one subject. */
export type Part = readonly Invariant[];

const REDIS_STORE = 'libs/jobs/src/adapters/redis/redis-store.spec.ts';

/** A test of the stores' contract, which is run on Redis. */
export function contract(subject: string, ...titles: readonly string[]): Shown {
  return { spec: REDIS_STORE, source: `libs/jobs/src/testing/contract/${subject}.ts`, titles };
}

/** A test of a spec. */
export function spec(file: string, ...titles: readonly string[]): Shown {
  return { spec: file, source: file, titles };
}

/** A change of a script. */
export function script(name: string, id: string, breaks: string, find: string, replace: string): Mutant {
  return { id, breaks, file: scriptFile(name), find, replace };
}

/** A change of what several scripts include. */
export function include(name: string, id: string, breaks: string, find: string, replace: string): Mutant {
  return { id, breaks, file: `${LUA}/include/${name}.lua`, find, replace };
}

/** A change of the table of transitions. */
export function table(id: string, breaks: string, find: string, replace: string): Mutant {
  return { id, breaks, file: 'libs/jobs/src/domain/job-state.ts', find, replace };
}
