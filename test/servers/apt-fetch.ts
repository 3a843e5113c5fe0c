import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { basename, delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const COMMAND_TIMEOUT_MS = 180_000;
const ABANDONED_AFTER_MS = 60 * 60_000;

export interface AptPackage {
  /** The package, e.g. `redis-tools`. */
  readonly name: string;
  /** The server's file name, and the file of the package that it is a link to: itself, unless one binary is several programs. */
  readonly server: string;
  readonly linkTo: string;
  /** Take the package from the distribution's backports suite. */
  readonly backports: boolean;
  /** Where the unpacked tree ends up; it appears complete or not at all. */
  readonly directory: string;
}

interface Distribution {
  readonly id: string;
  readonly codename: string;
}

/** Whether this machine can fetch Debian packages at all. */
export function aptIsAvailable(): boolean {
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin'].filter((entry) => entry !== '');
  return ['apt-get', 'apt-cache', 'dpkg'].every((tool) =>
    directories.some((directory) => existsSync(join(directory, tool))),
  );
}

/**
 * Downloads a package and the libraries it lacks, and unpacks them without root: apt works on private lists and a
 * private cache. Two processes may do this at once, because each works in a folder of its own and the finished one is
 * renamed into place; the one that comes second keeps what the first has put there.
 */
export async function fetchFromApt(wanted: AptPackage): Promise<void> {
  await removeAbandoned(wanted.directory);
  const staging = `${wanted.directory}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    for (const folder of ['lists/partial', 'cache/archives/partial', 'deb', 'root']) {
      await mkdir(join(staging, folder), { recursive: true });
    }
    await unpack(wanted, staging);
    for (const folder of ['lists', 'cache', 'deb', 'sources.list']) {
      await rm(join(staging, folder), { recursive: true, force: true });
    }
    await rename(staging, wanted.directory).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function unpack(wanted: AptPackage, staging: string): Promise<void> {
  const own = [
    '-q',
    ...option('Dir::State::lists', join(staging, 'lists')),
    ...option('Dir::Cache', join(staging, 'cache')),
    ...option('APT::Sandbox::User', ''),
    ...option('Debug::NoLocking', '1'),
    ...option('Acquire::Languages', 'none'),
  ];
  const command = async (tool: string, ...args: readonly string[]): Promise<string> => {
    const options = {
      cwd: join(staging, 'deb'),
      timeout: COMMAND_TIMEOUT_MS,
      maxBuffer: 64 << 20,
      env: { ...process.env, LC_ALL: 'C' },
    };
    return (await run(tool, [...args], options)).stdout;
  };

  const distribution = await readDistribution();
  const suite = wanted.backports ? `${distribution.codename}-backports` : distribution.codename;
  const sources = join(staging, 'sources.list');
  const mirror = mirrorOf(distribution.codename, await command('apt-get', ...own, '--print-uris', 'update'));
  await writeFile(sources, sourcesList(distribution, mirror, suite));

  // Only the distribution's own mirror: a broken third-party source of the machine is no reason to fail here.
  const apt = [...own, ...option('Dir::Etc::sourcelist', sources), ...option('Dir::Etc::sourceparts', '/dev/null')];
  await command('apt-get', ...apt, 'update');
  const libraries = await missingLibraries(await command('apt-cache', ...apt, 'depends', '--important', wanted.name));
  if (libraries.length > 0) await command('apt-get', ...apt, 'download', ...libraries);
  await command('apt-get', ...apt, '-t', suite, 'download', wanted.name);

  for (const archive of await readdir(join(staging, 'deb'))) {
    await command('dpkg', '-x', join(staging, 'deb', archive), join(staging, 'root'));
  }
  const server = join(staging, 'root/usr/bin', wanted.server);
  if (!existsSync(server)) await symlink(wanted.linkTo, server);
}

function option(name: string, value: string): readonly string[] {
  return ['-o', `${name}=${value}`];
}

async function readDistribution(): Promise<Distribution> {
  const text = await readFile('/etc/os-release', 'utf8');
  const field = (name: string): string | undefined => new RegExp(`^${name}="?([^"\n]+)"?$`, 'm').exec(text)?.[1];
  const codename = field('VERSION_CODENAME');
  if (codename === undefined) throw new Error('/etc/os-release names no VERSION_CODENAME, so there is no suite to use');
  return { id: field('ID') ?? 'debian', codename };
}

/** The mirror that this machine's own apt uses for its distribution. */
function mirrorOf(codename: string, printedUris: string): string {
  const found = new RegExp(`^'([^']+)/dists/${codename}/(?:In)?Release'`, 'm').exec(printedUris)?.[1];
  if (found === undefined) throw new Error(`apt has no source for "${codename}" configured`);
  return found;
}

function sourcesList({ id, codename }: Distribution, mirror: string, suite: string): string {
  const keyring = ['debian-archive-keyring.gpg', 'ubuntu-archive-keyring.gpg']
    .filter((file) => file.startsWith(id))
    .map((file) => `/usr/share/keyrings/${file}`)
    .find((file) => existsSync(file));
  const options = keyring === undefined ? '' : `[signed-by=${keyring}] `;
  const components = id === 'ubuntu' ? 'main universe' : 'main';
  return [...new Set([codename, suite])].map((name) => `deb ${options}${mirror} ${name} ${components}\n`).join('');
}

async function missingLibraries(depends: string): Promise<readonly string[]> {
  const names = [...depends.matchAll(/^\s+\|?Depends: ((?:lib(?!js-)|lua)[^\s<>]+)$/gm)].flatMap(
    ([, name]) => name ?? [],
  );
  const installed = await Promise.all(
    names.map((name) =>
      run('dpkg-query', ['-W', '-f', '${db:Status-Status}', name]).then(
        ({ stdout }) => stdout.trim() === 'installed',
        () => false,
      ),
    ),
  );
  return names.filter((_, index) => !installed[index]);
}

/** What a process that was killed half-way has left behind. */
async function removeAbandoned(directory: string): Promise<void> {
  await mkdir(dirname(directory), { recursive: true });
  for (const entry of await readdir(dirname(directory))) {
    if (!entry.startsWith(`${basename(directory)}.`)) continue;
    const path = join(dirname(directory), entry);
    const age = await stat(path).then(
      (stats) => Date.now() - stats.mtimeMs,
      () => 0,
    );
    if (age > ABANDONED_AFTER_MS) await rm(path, { recursive: true, force: true });
  }
}
