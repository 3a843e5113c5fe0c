import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Shown } from './invariant.js';
import type { Replacement } from './mutant-text.js';
import { REPOSITORY } from './paths.js';

/** What came of a run of tests. */
export interface TestRun {
  readonly passed: readonly string[];
  readonly failed: readonly { readonly test: string; readonly message: string }[];
  /** Why there is nothing to say of the tests: they could not be loaded, or did not end in time. */
  readonly broken?: string;
}

interface JestReport {
  readonly testResults: readonly {
    readonly message: string;
    readonly status: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

export interface RunOptions {
  /** What is run; all tests of the specs where `only` is not given. */
  readonly specs: readonly string[];
  readonly only?: readonly Shown[];
  /** Where jest writes its report. */
  readonly report: string;
  readonly mutated?: Replacement;
  /** Milliseconds that a test and the whole run may take. */
  readonly testTimeout: number;
  readonly timeout: number;
}

/** The full names, for jest, of the tests that are shown so. */
export function pattern(shown: readonly Shown[]): string {
  return shown
    .map(({ titles, told = titles }) => {
      const words = told.join(' ').replaceAll(/[.*+?^{}()|[\]\\]/g, '\\$&');
      return `(^| )${words.replaceAll(/%[a-z]|\$\w+/g, '.+')}$`;
    })
    .join('|');
}

/** Runs tests in a process of their own, with one module replaced where that is asked for. */
export async function runTests({ specs, only, report, mutated, testTimeout, timeout }: RunOptions): Promise<TestRun> {
  const args = [
    join(REPOSITORY, 'node_modules/jest/bin/jest.js'),
    '--config',
    join(__dirname, 'jest.config.js'),
    '--runInBand',
    '--forceExit',
    `--testTimeout=${testTimeout}`,
    '--json',
    `--outputFile=${report}`,
    '--runTestsByPath',
    ...specs.map((spec) => join(REPOSITORY, spec)),
    ...(only === undefined ? [] : ['-t', pattern(only)]),
  ];
  const env = { ...process.env };
  if (mutated !== undefined) {
    Object.assign(env, { MUTATED_MODULE: mutated.module, MUTATED_TEXT: mutated.text });
  }
  const ended = await endOf(args, env, timeout);
  if (!existsSync(report)) {
    return { passed: [], failed: [], broken: ended };
  }
  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as JestReport;
  const unloaded = testResults.find(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  );
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  return {
    passed: tests.filter(({ status }) => status === 'passed').map(({ fullName }) => fullName),
    failed: tests
      .filter(({ status }) => status === 'failed')
      .map(({ fullName, failureMessages }) => ({ test: fullName, message: failureMessages.join('\n') })),
    ...(unloaded === undefined ? {} : { broken: unloaded.message }),
  };
}

/** Ends the whole group of processes when it takes too long: a script without an end holds its server up. */
function endOf(args: readonly string[], env: NodeJS.ProcessEnv, timeout: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: REPOSITORY,
      env,
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      // Its own id is that of the group that it leads.
      process.kill(-(child.pid as number), 'SIGKILL');
    }, timeout);
    child.once('error', reject);
    child.once('close', () => {
      clearTimeout(timer);
      resolve(late ? `did not end within ${timeout / 1_000} s` : said);
    });
  });
}
