import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { aptIsAvailable, fetchFromApt, type AptPackage } from './apt-fetch.js';
import { claimPort, HOST } from './ports.js';
import { CACHE_DIRECTORY } from './redis-binary.js';
import { launchServer } from './server-process.js';
import { waitFor } from './wait-for.js';

const run = promisify(execFile);

/** Names a Prometheus to use; its promtool lies beside it. */
const BINARY_VARIABLE = 'PROMETHEUS_BIN';
const PACKAGE: AptPackage = {
  name: 'prometheus',
  server: 'prometheus',
  linkTo: 'prometheus',
  backports: false,
  directory: join(CACHE_DIRECTORY, 'prometheus'),
};
const FETCHED = join(PACKAGE.directory, 'root/usr/bin/prometheus');

let found: Promise<string> | undefined;

/** PROMETHEUS_BIN, else one on the PATH, else Debian's, fetched once into `.cache/prometheus`. */
function findPrometheus(): Promise<string> {
  found ??= locate();
  return found;
}

async function locate(): Promise<string> {
  const named = process.env[BINARY_VARIABLE];
  if (named) return named;
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin', '/opt/homebrew/bin'];
  const installed = directories
    .map((directory) => join(directory, 'prometheus'))
    .find((path) => existsSync(path) && existsSync(join(dirname(path), 'promtool')));
  if (installed !== undefined) return installed;
  if (!existsSync(FETCHED)) {
    if (!aptIsAvailable()) {
      throw new Error(`These tests need Prometheus and its promtool: install them, or name one in ${BINARY_VARIABLE}`);
    }
    await fetchFromApt(PACKAGE);
  }
  return FETCHED;
}

/** What promtool says; rejects with it when promtool finds fault. */
export async function promtool(args: readonly string[], input?: string): Promise<string> {
  const call = run(join(dirname(await findPrometheus()), 'promtool'), [...args], { timeout: 60_000 });
  if (input !== undefined) call.child.stdin?.end(input);
  try {
    const { stdout, stderr } = await call;
    return `${stdout}${stderr}`;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string };
    throw new Error(`promtool ${args.join(' ')}:\n${stdout}${stderr}`, { cause: error });
  }
}

/** One series of an answer: its labels and its latest value. */
export interface QueriedSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A real Prometheus of one test file. */
export interface PrometheusServer {
  readonly url: string;
  /** An instant query. Rejects when Prometheus cannot parse it. */
  query(expression: string): Promise<readonly QueriedSeries[]>;
  /** The `data` that a path below `/api/v1/` answers. */
  api<T>(path: string): Promise<T>;
  /** Ends it and removes what it has kept. */
  stop(): Promise<void>;
}

/** Starts one with this configuration; it ends with this process, however that ends. */
export async function startPrometheus(configuration: string): Promise<PrometheusServer> {
  const path = await findPrometheus();
  const dir = await mkdtemp(join(tmpdir(), 'nestjs-jobs-prometheus-'));
  const { port, release } = await claimPort();
  await writeFile(join(dir, 'prometheus.yml'), configuration);
  const server = await launchServer({
    binary: { path, name: 'prometheus', libraryPath: undefined },
    args: [
      `--config.file=${join(dir, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(dir, 'data')}`,
      `--web.listen-address=${HOST}:${port}`,
      '--log.level=warn',
    ],
    dir,
    keepDir: false,
  });
  const url = `http://${HOST}:${port}`;
  const api = async <T>(below: string): Promise<T> => {
    const answer = (await (await fetch(`${url}/api/v1/${below}`)).json()) as {
      readonly status: string;
      readonly error?: string;
      readonly data: T;
    };
    if (answer.status !== 'success') throw new Error(`${below}: ${answer.error ?? answer.status}`);
    return answer.data;
  };
  const stop = async (): Promise<void> => {
    await server.end();
    release();
    await rm(dir, { recursive: true, force: true });
  };
  try {
    await waitFor(async () => server.running && (await fetch(`${url}/-/ready`)).ok, { what: 'Prometheus to be ready' });
  } catch (error) {
    const log = server.log();
    await stop();
    throw new Error(`Prometheus did not start:\n${log}`, { cause: error });
  }
  return {
    url,
    api,
    stop,
    async query(expression) {
      const { result } = await api<{
        readonly result: readonly {
          readonly metric: Readonly<Record<string, string>>;
          readonly value: readonly [time: number, value: string];
        }[];
      }>(`query?query=${encodeURIComponent(expression)}`);
      return result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
    },
  };
}
