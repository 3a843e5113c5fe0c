// npm run bench: all engines side by side, in one run. --quick: a smoke test of correctness; --aof: with an append-only
// file; --only id,id: some rows; --again: they take their places in the latest whole run; --runs n: so many counted runs
// a row; --list: the rows; --publish: no run, but the latest whole one into docs/performance.md.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startRedisServer } from '../../../test/servers/redis-server.js';
import { startDelayProxy } from './delay-proxy.js';
import { PEERS_FOLDER } from './folders.js';
import { PLAN, type Row } from './plan/index.js';
import { amendReport, makeReport, publish, writeReport } from './report.js';
import { MeasurementCache, type RowResult, runRow } from './run.js';
import { markdownTable } from './table.js';
import { targetTable } from './targets.js';

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      aof: { type: 'boolean', default: false },
      only: { type: 'string' },
      again: { type: 'boolean', default: false },
      runs: { type: 'string' },
      list: { type: 'boolean' },
      publish: { type: 'boolean' },
    },
  });
  const { quick, aof, again } = values;
  const only = values.only?.split(',');
  if (again && (only === undefined || quick || aof)) {
    throw new Error('--again is for some rows of the latest whole run: it needs --only, and neither --quick nor --aof');
  }
  const rows = PLAN.filter(
    (row) => (only === undefined || only.some((id) => row.id.startsWith(id))) && (!quick || row.quick !== undefined),
  ).map((row) => (values.runs === undefined ? row : { ...row, runs: Number(values.runs) }));
  if (values.list === true) {
    rows.forEach(({ id, title }) => console.log(`${id.padEnd(28)} ${title}`));
    return 0;
  }
  if (values.publish === true) {
    publish();
    return 0;
  }
  installPeers();
  const began = Date.now();
  const { results, redisVersion } = await run(rows, quick, aof);
  const report = makeReport(
    { seconds: Math.round((Date.now() - began) / 1_000), quick, aof, rows: results },
    redisVersion,
  );
  console.log(`\n${markdownTable(results)}\n`);
  if (!quick) {
    console.log(`${targetTable(results)}\n`);
  }
  console.log(`Written to ${again ? amendReport(report) : writeReport(report, only !== undefined)}`);
  const failed = results.flatMap(({ title, engines }) =>
    Object.entries(engines).flatMap(([engine, { error }]) =>
      error === undefined ? [] : [`${title}, ${engine}: ${error}`],
    ),
  );
  failed.forEach((line) => console.error(`FAILED ${line}`));
  return failed.length === 0 ? 0 : 1;
}

async function run(
  rows: readonly Row[],
  quick: boolean,
  aof: boolean,
): Promise<{ readonly results: readonly RowResult[]; readonly redisVersion: string }> {
  const redis = await startRedisServer({
    args: aof ? ['--appendonly', 'yes', '--appendfsync', 'everysec'] : [],
  });
  const target = { host: redis.host, port: redis.port };
  const proxy = await startDelayProxy(target, 1);
  const context = {
    target,
    cache: new MeasurementCache(),
    quick,
    proxyPort: proxy.port,
    say: (text: string) => console.error(text),
  };
  const results: RowResult[] = [];
  try {
    for (const row of rows) {
      results.push(await runRow(row, context));
    }
    return { results, redisVersion: redis.version };
  } finally {
    proxy.stop();
    await redis.stop();
  }
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

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
