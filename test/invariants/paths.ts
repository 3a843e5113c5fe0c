import { readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';

export const REPOSITORY = resolve(__dirname, '../..');

/** Where the Lua of the scripts lies, from the root of the repository. */
export const LUA = 'libs/jobs/src/adapters/redis/scripts/lua';

/** Every Lua file, from that folder on: scripts, and what they include. */
export const LUA_FILES: readonly string[] = readdirSync(join(REPOSITORY, LUA), { recursive: true })
  .map(String)
  .filter((file) => file.endsWith('.lua'))
  .toSorted();

/** The file of a script, from the root of the repository: it is known by its name, whichever folder it lies in. */
export function scriptFile(name: string): string {
  const file = LUA_FILES.find((each) => basename(each, '.lua') === name && !each.startsWith('include/'));
  if (file === undefined) {
    throw new Error(`There is no script called ${name}`);
  }
  return `${LUA}/${file}`;
}
