import { execFile } from 'node:child_process';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';

/** The repository that these tests stand in. */
export const repository = path.resolve(__dirname, '..', '..');

/** One file as dependency-cruiser sees it. */
interface CruisedModule {
  readonly source: string;
  readonly dependencies: readonly {
    readonly resolved: string;
    readonly dynamic: boolean;
    readonly preCompilationOnly?: boolean;
  }[];
}

interface Violation {
  readonly from: string;
  readonly to: string;
  readonly rule: { readonly name: string };
}

/** What an `import` of each file pulls in, and which arrows break a rule of `.dependency-cruiser.cjs`. */
export interface Cruise {
  readonly modules: readonly CruisedModule[];
  readonly violations: readonly string[];
}

/** Reads all imports under a house's folders. Rejects when dependency-cruiser itself fails. */
export async function cruise(root: string, folders: readonly string[]): Promise<Cruise> {
  const cli = path.join(repository, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs');
  const config = path.join(repository, '.dependency-cruiser.cjs');
  const output = await new Promise<string>((resolve, reject) => {
    execFile(
      process.execPath,
      [cli, '--config', config, '--output-type', 'json', ...folders],
      { cwd: root, maxBuffer: 256 * 1024 * 1024 },
      (error, stdout, stderr) =>
        error ? reject(new Error(`dependency-cruiser failed: ${stderr}`, { cause: error })) : resolve(stdout),
    );
  });
  const result = JSON.parse(output) as {
    modules: readonly CruisedModule[];
    summary: { violations: readonly Violation[] };
  };
  return {
    modules: result.modules,
    violations: result.summary.violations
      .map(({ from, to, rule }) => `${rule.name}: ${from} → ${to.replace(/^(\.\.\/)+/, '')}`)
      .sort(),
  };
}

/** The packages that are loaded by importing `entry`: what waits behind `import()` or is only a type is not. */
export function packagesLoadedBy(entry: string, { modules }: Cruise): readonly string[] {
  const bySource = new Map(modules.map((module) => [module.source, module]));
  const seen = new Set([entry]);
  const packages = new Set<string>();
  for (const source of seen) {
    for (const { resolved, dynamic, preCompilationOnly } of bySource.get(source)?.dependencies ?? []) {
      if (dynamic || preCompilationOnly) continue;
      const name = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(resolved)?.[1];
      if (name) packages.add(name);
      else seen.add(resolved);
    }
  }
  return [...packages].sort();
}

/** Every file and folder under `folder`, as paths relative to `root`; none when the folder is not there. */
export async function pathsUnder(root: string, folder: string): Promise<readonly string[]> {
  const skipped = new Set(['node_modules', 'dist', 'outputs', 'fixtures']);
  const walk = async (relative: string): Promise<string[]> => {
    const entries = await readdir(path.join(root, relative), { withFileTypes: true });
    const nested = entries
      .filter((entry) => !(entry.isDirectory() && skipped.has(entry.name)))
      .map(async (entry) => {
        const inner = `${relative}/${entry.name}`;
        return entry.isDirectory() ? [inner, ...(await walk(inner))] : [inner];
      });
    return (await Promise.all(nested)).flat();
  };
  return walk(folder);
}

/** Files of sources that people write and that have grown over `limit` lines. */
export async function filesLongerThan(limit: number, root: string, folder: string): Promise<readonly string[]> {
  const sources = (await pathsUnder(root, folder)).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.spec.ts') && !file.endsWith('.generated.ts'),
  );
  const counted = await Promise.all(
    sources.map(async (file) => {
      const lines = (await readFile(path.join(root, file), 'utf8')).trimEnd().split('\n').length;
      return lines > limit ? `${file}: ${lines} lines` : '';
    }),
  );
  return counted.filter((line) => line !== '');
}

/** Folders named after what is in none of them: a file there has no role. */
export async function foldersWithoutARole(root: string, folder: string): Promise<readonly string[]> {
  return (await pathsUnder(root, folder)).filter((found) => /\/(utils?|common|helpers?|shared)$/.test(found));
}

/** What the application layer imports from `@nestjs/common` besides Injectable and Inject. */
export async function nestNamesInApplication(root: string): Promise<readonly string[]> {
  const allowed = new Set(['Injectable', 'Inject']);
  const files = (await pathsUnder(root, 'libs/jobs/src/application')).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'),
  );
  const found = await Promise.all(
    files.map(async (file) => {
      const source = await readFile(path.join(root, file), 'utf8');
      return [...source.matchAll(/\b(?:import|export)\s([^;]*?)\sfrom\s+['"]@nestjs\/common['"]/g)]
        .flatMap(([, clause = '']) =>
          clause
            .replace(/^type\s/, '')
            .replaceAll(/[{}]/g, ' ')
            .split(','),
        )
        .map((name) =>
          name
            .trim()
            .replace(/^type\s+/, '')
            .replace(/\s+as\s.*$/, ''),
        )
        .filter((name) => name !== '' && !allowed.has(name))
        .map((name) => `${file}: ${name}`);
    }),
  );
  return found.flat();
}
