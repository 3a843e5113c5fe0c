import { validateSync, type ValidationError } from 'class-validator';
import { InvalidConfigurationError, InvalidOptionError, show } from '../../domain/errors/errors.js';
import { describeSection, isRecord, knownKeys, type Schema, type Section, sectionOf } from './option-rules.js';
import { unreadable } from '../../domain/options/read-options.js';
import { shownName } from '../../domain/errors/shown.js';
import { MASK, masked } from './secrets.js';

/** One thing that is wrong with the options. */
export interface Problem {
  /** The option's path, such as `worker.size` or `queues.orders.retain.age`. */
  readonly path: string;
  readonly value: unknown;
  /** What is allowed, in words; or the whole complaint, for what no other value of this option would cure. */
  readonly allowed?: string;
  readonly complaint?: string;
}

/**
 * Everything that is wrong with an object of options, by class-validator's rules on its schema, at every depth.
 *
 * Nothing is copied but the level that is being checked: clients and functions stay what they are.
 */
export function findProblems(schema: Schema, options: unknown, path = ''): readonly Problem[] {
  if (!isRecord(options)) {
    return [{ path: path === '' ? 'options' : path, value: options, allowed: describeSection(schema, 'object') }];
  }
  const known = knownKeys(schema);
  const level = new schema() as Record<string, unknown>;
  const problems: Problem[] = [];
  for (const [key, value] of Object.entries(options)) {
    if (known.includes(key)) {
      level[key] = value;
    } else {
      problems.push({ path: join(path, key), value, complaint: unknownOption(path, key, value, known) });
    }
  }
  // What an option's object inherits is read like its own, and so is checked like it.
  for (const key of known) {
    level[key] ??= options[key];
  }
  for (const error of validateSync(level, { forbidUnknownValues: false })) {
    problems.push({ path: join(path, error.property), value: level[error.property], allowed: allowedBy(error) });
  }
  const refused = new Set(problems.map((problem) => problem.path));
  for (const key of known) {
    const section = sectionOf(schema, key);
    const inner = join(path, key);
    if (section !== undefined && level[key] !== undefined && !refused.has(inner)) {
      problems.push(...problemsOfSection(section, level[key], inner));
    }
  }
  return problems;
}

function problemsOfSection({ schema, shape }: Section, value: unknown, path: string): readonly Problem[] {
  switch (shape) {
    case 'object':
      return findProblems(schema(), value, path);
    case 'record':
      return Object.entries(value as object).flatMap(([name, entry]) =>
        entry === undefined ? [] : findProblems(schema(), entry, join(path, name)),
      );
    case 'object-or-list':
      return Array.isArray(value)
        ? value.flatMap((entry, index) => findProblems(schema(), entry, `${path}[${index}]`))
        : isRecord(value)
          ? findProblems(schema(), value, path)
          : [];
  }
}

/**
 * Runs what looks at options, which may throw by themselves when they are looked at.
 *
 * @throws InvalidConfigurationError with what they have thrown as its cause; errors of this package as they are
 */
export function lookingAt<T>(what: string, look: () => T): T {
  try {
    return look();
  } catch (error) {
    const refused = unreadable(what, MASK, error);
    throw refused === error ? refused : new InvalidConfigurationError([refused.message], { cause: error });
  }
}

/** @throws InvalidConfigurationError with a line for each problem, when there is one */
export function refuse(problems: readonly Problem[]): void {
  if (problems.length > 0) {
    throw new InvalidConfigurationError(problems.map(describeProblem));
  }
}

/** The problem in one line: path, value with its secrets masked, and what is allowed. */
export function describeProblem({ path, value, allowed, complaint }: Problem): string {
  return complaint ?? new InvalidOptionError(path, masked(path, value), allowed ?? 'another value').message;
}

function allowedBy(error: ValidationError): string {
  return Object.values(error.constraints ?? {}).join('; ');
}

function unknownOption(path: string, key: string, value: unknown, known: readonly string[]): string {
  const near = known.find((each) => distance(each.toLowerCase(), key.toLowerCase()) <= 2);
  const hint = near === undefined ? '' : ` (did you mean ${near}?)`;
  // An unknown key below `redis` may be a misspelt secret: its value is not shown.
  const shown = path.startsWith('redis') ? '' : `: ${show(masked(key, value))}`;
  return `${join(path, shownName(key))}${shown} is an unknown option${hint}; allowed here: ${known.join(', ')}`;
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

/** How many letters must change to make one word the other (Levenshtein); words of very different length are far apart. */
function distance(left: string, right: string): number {
  if (Math.abs(left.length - right.length) > 2) {
    return Infinity;
  }
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (const [i, letter] of left.split('').entries()) {
    const next = [i + 1];
    for (let j = 1; j <= right.length; j++) {
      // Every index is inside its row: j runs over the letters of `right`, and the rows have one more entry.
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (right[j - 1] === letter ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
