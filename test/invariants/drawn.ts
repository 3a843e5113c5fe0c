import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { EQUIVALENTS } from './equivalents.js';
import type { Mutant } from './invariant.js';
import { LUA, LUA_FILES, REPOSITORY } from './paths.js';

/** A mutant that was not made by hand: one line of a script, changed by a rule. */
export interface Drawn extends Mutant {
  /** Below the folder of the scripts, with its line as it stands there and as it becomes. */
  readonly script: string;
  readonly line: string;
  readonly becomes: string;
}

/** A rule that makes other lines of a line; each is a mutant. */
type Operator = (line: string) => readonly string[];

const SWAPS: readonly (readonly [string, string])[] = [
  [' < ', ' <= '],
  [' <= ', ' < '],
  [' > ', ' >= '],
  [' >= ', ' > '],
  [' == ', ' ~= '],
  [' ~= ', ' == '],
  [' + ', ' - '],
  [' - ', ' + '],
];

/** Whether a time is in it is a matter of a millisecond, which no test can place. */
const isOfTime = (line: string): boolean => /\b(now|at|due)\b/.test(line);

const OPERATORS: readonly Operator[] = [
  // One comparison or sum for another, at each of its places.
  (line) =>
    SWAPS.flatMap(([from, to]) => {
      if (/[<>]/.test(from) && isOfTime(line)) {
        return [];
      }
      const parts = line.split(from);
      return parts.slice(1).map((_, at) => parts.slice(0, at + 1).join(from) + to + parts.slice(at + 1).join(from));
    }),
  // A condition the other way round.
  (line) =>
    /^(if|elseif|while) (.+) (then|do)$/.test(line) ? [line.replace(/^(\w+) (.+) (\w+)$/, '$1 not ($2) $3')] : [],
  // A statement that calls something, left out.
  (line) =>
    /^(call|many|set|bump|put|publish|wake|depart|arrive|finish|leave|undefer|forget|drop|tell)\(.*\)$/.test(line)
      ? ['']
      : [],
];

/** Every mutant that the operators make of the scripts, but those that are known to change nothing. */
export function drawable(): readonly Drawn[] {
  return LUA_FILES.flatMap((script) =>
    mutantsOf(script, readFileSync(join(REPOSITORY, LUA, script), 'utf8').split('\n')),
  );
}

/**
 * As many of them as are asked for. Each has its place in the order by what it changes and the seed, not by what stands
 * around it: an edit of a script draws others for the lines that it touched alone.
 */
export function draw(seed: number, number: number): readonly Drawn[] {
  const place = ({ script, line, becomes }: Drawn): string =>
    createHash('sha1')
      .update(`${seed}\n${named(script)}\n${line}\n${becomes}`)
      .digest('hex');
  return drawable()
    .map((mutant) => ({ mutant, at: place(mutant) }))
    .toSorted((a, b) => (a.at < b.at ? -1 : 1))
    .slice(0, number)
    .map(({ mutant }) => mutant);
}

/** A script has a name of its own, whichever folder it lies in; what is included, among what is included. */
function named(file: string): string {
  return file.startsWith('include/') ? file : basename(file);
}

function mutantsOf(script: string, lines: readonly string[]): readonly Drawn[] {
  const text = lines.join('\n');
  return lines.flatMap((raw, index) => {
    const line = raw.trim();
    if (line.startsWith('--')) {
      return [];
    }
    return OPERATORS.flatMap((operator) => operator(line))
      .filter((becomes) => !isEquivalent(script, line, becomes))
      .map((becomes, kind) => {
        const { find, before, after } = unique(text, lines, index);
        return {
          id: `${script.replace(/\.lua$/, '').replace('/', '-')}-${index + 1}-${kind + 1}`,
          breaks: `\`${line}\` becomes ${becomes === '' ? 'nothing' : `\`${becomes}\``}`,
          file: `${LUA}/${script}`,
          find,
          replace: before + becomes + after,
          script,
          line,
          becomes,
        };
      });
  });
}

function isEquivalent(script: string, line: string, becomes: string): boolean {
  return EQUIVALENTS.some((known) => known.file === script && known.line === line && known.becomes === becomes);
}

/** The line with as many of its neighbours as make it the only one of its kind. */
function unique(text: string, lines: readonly string[], index: number) {
  for (let around = 1; ; around++) {
    const before = [...lines.slice(Math.max(0, index - around), index), ''].join('\n');
    const after = ['', ...lines.slice(index + 1, index + 1 + around)].join('\n');
    const find = before + (lines[index] ?? '') + after;
    if (text.split(find).length === 2) {
      return { find, before, after };
    }
  }
}
