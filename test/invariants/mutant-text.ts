import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';

import type { Mutant } from './invariant.js';
import { LUA, REPOSITORY } from './paths.js';

const SCRIPTS = join(REPOSITORY, LUA, '..');
const COMPILER = join(REPOSITORY, 'libs/jobs/tools/generate-scripts.mjs');

/** A module, and the file whose text stands for it. */
export interface Replacement {
  readonly module: string;
  readonly text: string;
}

/** The text of the mutant's file with its change. @throws Error where the text to be changed is not there exactly once */
export function changed({ id, file, find, replace }: Mutant): string {
  const text = readFileSync(join(REPOSITORY, file), 'utf8');
  const places = text.split(find).length - 1;
  if (places !== 1) {
    throw new Error(`The mutant ${id} changes a text that is ${places} times in ${file}: ${find}`);
  }
  // As a function: '$' means nothing in it.
  return text.replace(find, () => replace);
}

/** Writes the module that the mutant makes into a folder: a changed script becomes a module of all scripts. */
export function write(mutant: Mutant, folder: string): Replacement {
  const text = changed(mutant);
  mkdirSync(folder, { recursive: true });
  if (!mutant.file.endsWith('.lua')) {
    const file = join(folder, basename(mutant.file));
    writeFileSync(file, text);
    return { module: join(REPOSITORY, mutant.file), text: file };
  }
  cpSync(join(SCRIPTS, 'lua'), join(folder, 'lua'), { recursive: true });
  writeFileSync(join(folder, relative(SCRIPTS, join(REPOSITORY, mutant.file))), text);
  execFileSync(process.execPath, [COMPILER, folder], { stdio: 'ignore' });
  return { module: join(SCRIPTS, 'scripts.generated.ts'), text: join(folder, 'scripts.generated.ts') };
}
