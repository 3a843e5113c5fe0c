// npm run bench: all engines side by side, in one run. --quick: a smoke test of correctness; --aof: with an append-only
// file; --only id,id: some rows; --runs n: so many counted runs a row; --list: the rows.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startRedisServer } from '../../../test/servers/redis-server.js';
import { chart } from './chart.js';
import { startDelayProxy } from './delay-proxy.js';
import { ENGINE_NAMES } from './engines/engine.js';
import { ENGINES } from './engines/index.js';
import { PEERS_FOLDER, RESULTS_FOLDER } from './folders.js';
import { PLAN } from './plan/index.js';
import { MeasurementCache, type RowResult, runRow } from './run.js';
import { markdownTable } from './table.js';

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean' },
      aof: { type: 'boolean' },
      only: { type: 'string' },
      runs: { type: 'string' },
      list: { type: 'boolean' },
    },
  });
  const quick = values.quick === true;
  const only = values.only?.split(',');
  const runs = values.runs === undefined ? undefined : Number(values.runs);
  const rows = PLAN.filter(
    (row) => (only === undefined || only.some((id) => row.id.startsWith(id))) && (!quick || row.quick !== undefined),
  );
  if (values.list === true) {
    rows.forEach(({ id, title }) => console.log(`${id.padEnd(28)} ${title}`));
    return 0;
  }
  installPeers();
  const began = Date.now();
  const redis = await startRedisServer({
    args: values.aof === true ? ['--appendonly', 'yes', '--appendfsync', 'everysec'] : [],
  });
  const target = { host: redis.host, port: redis.port };
  const proxy = await startDelayProxy(target, 1);
  const cache = new MeasurementCache();
  const results: RowResult[] = [];
  try {
    for (const row of rows) {
      results.push(
        await runRow(
          runs === undefined ? row : { ...row, runs },
          target,
          cache,
          quick,
          row.roundTrip === undefined ? undefined : proxy.port,
          (text) => console.error(text),
        ),
      );
    }
  } finally {
    proxy.stop();
    await redis.stop();
  }
  const report = {
    date: new Date().toISOString(),
    seconds: Math.round((Date.now() - began) / 1_000),
    quick,
    aof: values.aof === true,
    machine: {
      cpu: cpus()[0]?.model.trim() ?? '',
      cores: cpus().length,
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      system: release(),
    },
    versions: {
      node: process.version,
      redis: redis.version,
      ...Object.fromEntries(ENGINE_NAMES.map((name) => [name, ENGINES[name].version()])),
    },
    rows: results,
  };
  console.log(`\n${markdownTable(results)}\n`);
  write(report, quick, only !== undefined);
  const failed = results.flatMap(({ title, engines }) =>
    Object.entries(engines).flatMap(([engine, { error }]) =>
      error === undefined ? [] : [`${title}, ${engine}: ${error}`],
    ),
  );
  failed.forEach((line) => console.error(`FAILED ${line}`));
  return failed.length === 0 ? 0 : 1;
}

/** The peers are no part of the project's own installation. */
function installPeers(): void {
  if (!existsSync(join(PEERS_FOLDER, 'node_modules'))) {
    console.error('Installing the engines to measure beside …');
    const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts', '--no-workspaces'], {
      cwd: PEERS_FOLDER,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    if (status !== 0) {
      throw new Error(`The peers could not be installed in ${PEERS_FOLDER}: npm ci ended with ${status}`);
    }
  }
}

function write(
  report: { readonly rows: readonly RowResult[]; readonly aof: boolean },
  quick: boolean,
  partial: boolean,
): void {
  mkdirSync(RESULTS_FOLDER, { recursive: true });
  const name = quick ? 'quick' : partial ? 'partial' : report.aof ? 'latest-aof' : 'latest';
  const file = join(RESULTS_FOLDER, `${name}.json`);
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
  console.log(`Written to ${file}`);
  if (!quick) {
    const drawing = join(RESULTS_FOLDER, `${name}.svg`);
    writeFileSync(drawing, chart((JSON.parse(readFileSync(file, 'utf8')) as typeof report).rows));
    console.log(`Drawn in ${drawing}`);
  }
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
