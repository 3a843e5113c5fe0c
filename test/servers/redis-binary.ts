import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';

import { aptIsAvailable, fetchFromApt, type AptPackage } from './apt-fetch.js';

const run = promisify(execFile);

/** Where the run's global set-up leaves what it has found, for every test process. */
export const BINARY_VARIABLE = 'REDIS_SERVER_BIN';
export const LIBRARY_PATH_VARIABLE = 'REDIS_SERVER_LIBRARY_PATH';

export const CACHE_DIRECTORY = join(repositoryOf(__dirname), '.cache');

/** Also for those who run this built to another folder. */
function repositoryOf(folder: string): string {
  const above = resolve(folder, '..');
  return existsSync(join(folder, 'nest-cli.json')) || above === folder ? folder : repositoryOf(above);
}

const OLDEST_MAJOR = 7;
const NAMES = ['redis-server', 'valkey-server'] as const;
const USUAL_DIRECTORIES = [
  '/usr/local/bin',
  '/usr/bin',
  '/usr/local/sbin',
  '/usr/sbin',
  '/opt/homebrew/bin',
  '/opt/local/bin',
  '/snap/bin',
];
const ADVICE = [
  `The tests need Redis ${OLDEST_MAJOR} or newer, or Valkey. Install one, or name it in ${BINARY_VARIABLE}:`,
  '  Debian, Ubuntu: sudo apt-get install redis-server',
  '  macOS:          brew install redis',
].join('\n');

const REDIS: AptPackage = {
  name: 'redis-tools',
  server: 'redis-server',
  linkTo: 'redis-check-rdb',
  backports: false,
  directory: join(CACHE_DIRECTORY, 'redis'),
};
const VALKEY: AptPackage = {
  name: 'valkey-tools',
  server: 'valkey-server',
  linkTo: 'valkey-check-rdb',
  backports: true,
  directory: join(CACHE_DIRECTORY, 'valkey'),
};

/** A server program that has been run once, so that its version is known and its libraries are there. */
export interface RedisBinary {
  readonly path: string;
  readonly name: 'redis-server' | 'valkey-server';
  /** The program's own version, e.g. `7.0.15`. */
  readonly version: string;
  /** LD_LIBRARY_PATH for a program that was unpacked without being installed. */
  readonly libraryPath: string | undefined;
}

let redis: Promise<RedisBinary> | undefined;
let valkey: Promise<RedisBinary> | undefined;

/** REDIS_SERVER_BIN, else one on PATH or in the usual directories, else one fetched into `.cache/redis`. */
export function findRedis(): Promise<RedisBinary> {
  redis ??= locateRedis().catch((error: unknown) => {
    redis = undefined;
    throw error;
  });
  return redis;
}

/**
 * Valkey 8, for the runs that prove compatibility: one installed on this machine, else the one of Debian's backports,
 * fetched into `.cache/valkey`. Throws when neither can be had; whoever needs it decides what that means.
 */
export function findValkey(): Promise<RedisBinary> {
  valkey ??= locateValkey().catch((error: unknown) => {
    valkey = undefined;
    throw error;
  });
  return valkey;
}

async function locateRedis(): Promise<RedisBinary> {
  const named = process.env[BINARY_VARIABLE];
  if (named !== undefined && named !== '') {
    const binary = await inspect(named, process.env[LIBRARY_PATH_VARIABLE]).catch((error: unknown) => {
      throw new Error(`${BINARY_VARIABLE} is "${named}", which does not run as a Redis server.\n${ADVICE}`, {
        cause: error,
      });
    });
    if (isTooOld(binary)) throw new Error(`${BINARY_VARIABLE} is "${named}", version ${binary.version}.\n${ADVICE}`);
    return binary;
  }
  const installed = await firstUsable(NAMES, (binary) => !isTooOld(binary));
  if (installed !== undefined) return installed;
  const fetched = await fromCacheOrApt(REDIS);
  if (isTooOld(fetched)) throw new Error(`This distribution's Redis is ${fetched.version}.\n${ADVICE}`);
  return fetched;
}

async function locateValkey(): Promise<RedisBinary> {
  const isValkey8 = (binary: RedisBinary): boolean => binary.name === 'valkey-server' && majorOf(binary) >= 8;
  const installed = await firstUsable(['valkey-server'], isValkey8);
  if (installed !== undefined) return installed;
  const fetched = await fromCacheOrApt(VALKEY);
  if (!isValkey8(fetched)) throw new Error(`Valkey 8 is needed, and the fetched one is ${fetched.version}`);
  return fetched;
}

async function firstUsable(
  names: readonly string[],
  accept: (binary: RedisBinary) => boolean,
): Promise<RedisBinary | undefined> {
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), ...USUAL_DIRECTORIES];
  for (const name of names) {
    for (const directory of new Set(directories.filter((entry) => entry !== ''))) {
      const path = join(directory, name);
      if (!isExecutable(path)) continue;
      const binary = await inspect(path, undefined).catch(() => undefined);
      if (binary !== undefined && accept(binary)) return binary;
    }
  }
  return undefined;
}

/** The copy in the cache; a copy that does not run (another release of the system, say) is fetched again, once. */
async function fromCacheOrApt(wanted: AptPackage): Promise<RedisBinary> {
  const path = join(wanted.directory, 'root/usr/bin', wanted.server);
  if (isExecutable(path)) {
    const cached = await inspect(path, libraryPathOf(wanted)).catch(() => undefined);
    if (cached !== undefined) return cached;
    await rm(wanted.directory, { recursive: true, force: true });
  }
  if (!aptIsAvailable()) throw new Error(`No ${wanted.server} was found, and there is no apt to fetch it.\n${ADVICE}`);
  try {
    await fetchFromApt(wanted);
    return await inspect(path, libraryPathOf(wanted));
  } catch (error) {
    const reason = error instanceof Error ? error.message.trim() : String(error);
    throw new Error(`No ${wanted.server} was found, and fetching ${wanted.name} failed: ${reason}\n${ADVICE}`, {
      cause: error,
    });
  }
}

function libraryPathOf(wanted: AptPackage): string {
  return ['usr/lib', 'lib']
    .map((folder) => join(wanted.directory, 'root', folder))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => [folder, ...readdirSync(folder).map((entry) => join(folder, entry))])
    .filter((folder) => statSync(folder).isDirectory())
    .join(':');
}

/** The environment a server program is run with. */
export function environmentOf(binary: Pick<RedisBinary, 'libraryPath'>): NodeJS.ProcessEnv {
  return binary.libraryPath === undefined ? process.env : { ...process.env, LD_LIBRARY_PATH: binary.libraryPath };
}

async function inspect(path: string, libraryPath: string | undefined): Promise<RedisBinary> {
  const libraries = libraryPath === '' ? undefined : libraryPath;
  const options = { timeout: 30_000, env: environmentOf({ libraryPath: libraries }) };
  const { stdout } = await run(path, ['--version'], options);
  const [, product, version] = /^(Redis|Valkey) server v=([\d.]+)/.exec(stdout) ?? [];
  if (product === undefined || version === undefined) {
    throw new Error(`${path} --version answered "${stdout.trim()}", which names neither Redis nor Valkey`);
  }
  return { path, name: product === 'Redis' ? 'redis-server' : 'valkey-server', version, libraryPath: libraries };
}

function majorOf(binary: RedisBinary): number {
  return Number.parseInt(binary.version, 10);
}

function isTooOld(binary: RedisBinary): boolean {
  return majorOf(binary) < OLDEST_MAJOR;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
