import { existsSync } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { type CommandResult, mustRun, runCommand } from './commands.js';

const APPLICATIONS = join(__dirname, '../apps');
const SCENARIOS = join(__dirname, '../scenarios');

export interface ApplicationOptions {
  /** The folder under `apps` that it is a copy of. */
  readonly name: string;
  readonly scenarios: readonly string[];
  /** Where it is made; outside the repository, so that it finds no packages but its own. */
  readonly folder: string;
  readonly tarball: string;
}

/** How a scenario ended, and the last thing it had to say. */
export interface ScenarioResult extends CommandResult {
  readonly told: unknown;
}

/** An application of its own with the packed library installed by npm, as a user has it. */
export class Application {
  private constructor(
    readonly folder: string,
    private readonly scenarios: readonly string[],
  ) {}

  /** Installs what the application's lockfile pins, and the tarball. */
  static async install({ name, scenarios, folder, tarball }: ApplicationOptions): Promise<Application> {
    await cp(join(APPLICATIONS, name), folder, { recursive: true });
    await mkdir(join(folder, 'src'), { recursive: true });
    for (const scenario of scenarios) {
      await cp(join(SCENARIOS, `${scenario}.ts`), join(folder, 'src', `${scenario}.ts`));
    }
    const install = [
      'install',
      '--no-save',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
      tarball,
    ];
    // What npm has in its cache may be older than a pinned version; only then everything is asked for anew.
    await mustRun('npm', [...install, '--prefer-offline'], { cwd: folder }).catch(() =>
      mustRun('npm', install, { cwd: folder }),
    );
    return new Application(folder, scenarios);
  }

  has(packageName: string): boolean {
    return existsSync(join(this.folder, 'node_modules', packageName));
  }

  /** Runs the application's own tsc; answers what it printed and how it ended. */
  tsc(...args: readonly string[]): Promise<CommandResult> {
    return this.node(join('node_modules', 'typescript', 'bin', 'tsc'), args);
  }

  /**
   * The errors of a type check of the application and of every declaration it reaches. Strict, since without it a
   * declaration that is not found is `any` in silence.
   */
  async typeErrors(...args: readonly string[]): Promise<readonly string[]> {
    const strict = ['--noEmit', '--strict', '--strictPropertyInitialization', 'false', '--skipLibCheck', 'false'];
    const { code, stdout } = await this.tsc(...strict, '--pretty', 'false', ...args);
    return code === 0 ? [] : stdout.trimEnd().split('\n');
  }

  /** Runs the application's own jest, and answers each test's title and state. */
  async jest(...args: readonly string[]): Promise<Readonly<Record<string, string>>> {
    const { stdout, stderr } = await this.node(join('node_modules', 'jest', 'bin', 'jest.js'), ['--json', ...args]);
    const start = stdout.indexOf('{');
    if (start === -1) throw new Error(`jest gave no results: ${stdout}${stderr}`);
    const results = JSON.parse(stdout.slice(start)) as {
      readonly testResults: readonly {
        readonly name: string;
        readonly message: string;
        readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
      }[];
    };
    return Object.fromEntries(
      results.testResults.flatMap(({ name, message, assertionResults }) =>
        assertionResults.length === 0
          ? [[name, message] as const]
          : assertionResults.map(({ fullName, status }) => [fullName, status] as const),
      ),
    );
  }

  /** Runs a compiled scenario under plain Node. */
  async run(scenario: string, env: Readonly<Record<string, string>> = {}): Promise<ScenarioResult> {
    if (!this.scenarios.includes(scenario)) throw new Error(`${this.folder} has no scenario "${scenario}"`);
    const result = await this.node(join('dist', `${scenario}.js`), [], env);
    const last = result.stdout.trimEnd().split('\n').at(-1) ?? '';
    try {
      return { ...result, told: JSON.parse(last) };
    } catch (cause) {
      throw new Error(`${scenario} told nothing: ${result.stdout}${result.stderr}`, { cause });
    }
  }

  private node(
    file: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<CommandResult> {
    return runCommand(process.execPath, [file, ...args], { cwd: this.folder, env });
  }
}
