import { cp, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';

import { mustRun } from './commands.js';

const REPOSITORY = join(__dirname, '../../..');

/** What `npm pack` says of the tarball that it made. */
export interface PackedLibrary {
  readonly tarball: string;
  /** Every file in it, from the package's own folder on. */
  readonly files: readonly string[];
}

/**
 * Builds and packs the library in a copy of what its build reads: a build in place would take `dist` away from under
 * whoever uses it at the moment.
 */
export async function packLibrary(folder: string): Promise<PackedLibrary> {
  const library = join(folder, 'libs/jobs');
  await mkdir(library, { recursive: true });
  for (const file of ['tsconfig.base.json', 'README.md', 'LICENSE'])
    await cp(join(REPOSITORY, file), join(folder, file));
  for (const file of ['package.json', 'tsconfig.build.json', 'src']) {
    await cp(join(REPOSITORY, 'libs/jobs', file), join(library, file), { recursive: true });
  }
  await symlink(join(REPOSITORY, 'node_modules'), join(folder, 'node_modules'));

  await mustRun('npm', ['run', 'build'], { cwd: library });
  const printed = await mustRun('npm', ['pack', '--json'], { cwd: library });
  // The prepack script may print lines of its own first.
  const [packed] = JSON.parse(printed.slice(printed.indexOf('['))) as {
    readonly filename: string;
    readonly files: readonly { readonly path: string }[];
  }[];
  if (packed === undefined) throw new Error(`npm pack told of no tarball: ${printed}`);
  return { tarball: join(library, packed.filename), files: packed.files.map(({ path }) => path) };
}
