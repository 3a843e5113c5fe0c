import { execFile } from 'node:child_process';

/** Generous: it only bounds a failure, and a first install has everything to fetch. */
const COMMAND_TIMEOUT_MS = 300_000;

/** What the test run tells its own processes and must not tell an application's. */
const NOT_INHERITED =
  /^(npm_(?!config_)|npm_config_local_prefix$|npm_config_workspaces?$|JEST_|JOBS_|REDIS_|NODE_ENV$)/;

export interface CommandResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a program to its end, as a user would in that folder; how it ended is for the caller to judge. */
export function runCommand(file: string, args: readonly string[], options: CommandOptions): Promise<CommandResult> {
  const inherited = Object.entries(process.env).filter(([name]) => !NOT_INHERITED.test(name));
  return new Promise((resolve, reject) => {
    const child = execFile(
      file,
      [...args],
      {
        cwd: options.cwd,
        env: { ...Object.fromEntries(inherited), ...options.env },
        timeout: COMMAND_TIMEOUT_MS,
        maxBuffer: 64 << 20,
      },
      (_error, stdout, stderr) => resolve({ code: child.exitCode, signal: child.signalCode, stdout, stderr }),
    );
    child.once('error', reject);
  });
}

/** The same for what has to succeed; anything else rejects with all that was printed. */
export async function mustRun(file: string, args: readonly string[], options: CommandOptions): Promise<string> {
  const { code, signal, stdout, stderr } = await runCommand(file, args, options);
  if (code === 0) return stdout;
  throw new Error(`${file} ${args.join(' ')} ended with ${signal ?? code}\n${stdout}${stderr}`);
}
