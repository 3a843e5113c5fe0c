import type { DynamicModule } from '@nestjs/common';
import { InvalidConfigurationError, UsageError } from '../../domain/errors/errors.js';
import { describeProblem, findProblems, type Problem } from './check-options.js';
import { readVariable, type Variable, VARIABLES } from './environment.js';
import type { JobsModuleOptions } from './module-options.js';
import { ModuleSchema } from './option-schema.js';
import { timingProblems } from './resolve-options.js';

/** What `registerAs('jobs', …)` of @nestjs/config makes: a factory that knows its token. */
export interface JobsConfigFactory {
  (): JobsModuleOptions;
  /** Injects the options: `@Inject(jobsConfig.KEY) options: ConfigType<typeof jobsConfig>`. */
  readonly KEY: string;
  /** For `JobsModule.forRootAsync(jobsConfig.asProvider())`. Needs @nestjs/config. */
  asProvider(): {
    imports: [DynamicModule | Promise<DynamicModule>];
    useFactory: (options: JobsModuleOptions) => JobsModuleOptions;
    inject: [string];
  };
}

const NAMESPACE = 'jobs';
const KEY = `CONFIGURATION(${NAMESPACE})`;

/**
 * The module's options from environment variables, for @nestjs/config: `ConfigModule.forFeature(jobsConfig)`,
 * `ConfigModule.forRoot({ load: [jobsConfig] })` or `JobsModule.forRootAsync(jobsConfig.asProvider())`. Without
 * @nestjs/config, `JobsModule.forRoot(jobsConfig())`. The variables are in `.env.example`; an empty one counts as not set.
 *
 * It has the shape that `registerAs` gives, without calling it: @nestjs/config is an optional peer.
 *
 * @throws InvalidConfigurationError naming every variable that is wrong, its value and what is allowed
 */
export const jobsConfig: JobsConfigFactory = Object.defineProperties(() => readEnvironment(process.env), {
  KEY: { value: KEY },
  // Under this name @nestjs/config finds the namespace in which `ConfigService.get('jobs.…')` has the options.
  PARTIAL_CONFIGURATION_KEY: { value: NAMESPACE },
  asProvider: {
    value: () => ({
      imports: [configModule().forFeature(jobsConfig)],
      useFactory: (options: JobsModuleOptions) => options,
      inject: [KEY],
    }),
  },
}) as JobsConfigFactory;

interface ConfigModuleLike {
  forFeature(factory: JobsConfigFactory): DynamicModule | Promise<DynamicModule>;
}

/** `require` under another name: tools that follow it would take @nestjs/config for a part of every application. */
const load: NodeJS.Require = require;

/** Loaded when it is asked for: importing this package must not need it. */
function configModule(): ConfigModuleLike {
  try {
    return (load('@nestjs/config') as { readonly ConfigModule: ConfigModuleLike }).ConfigModule;
  } catch (cause) {
    throw new UsageError(
      'jobsConfig.asProvider() needs @nestjs/config, which cannot be loaded: install it, or use JobsModule.forRoot(jobsConfig())',
      { cause },
    );
  }
}

/** The options that the variables tell. @throws InvalidConfigurationError */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>): JobsModuleOptions {
  const options: Record<string, unknown> = {};
  const problems: Problem[] = [];
  for (const variable of VARIABLES) {
    const text = env[variable.name]?.trim() ?? '';
    // The worker switch is read below; and with the memory store, REDIS_URL is somebody else's.
    const unread = variable.option === 'worker' || (variable.name === 'REDIS_URL' && options['store'] === 'memory');
    if (text !== '' && !unread) {
      put(options, variable.option.split('.'), readVariable(variable.kind, text));
    }
  }
  const works = readVariable('boolean', env['JOBS_WORKER_ENABLED']?.trim() ?? '');
  if (works === false) {
    problems.push(...findProblems(ModuleSchema, { worker: options['worker'] }));
    options['worker'] = false;
  } else if (works !== true && works !== '') {
    problems.push({ path: 'JOBS_WORKER_ENABLED', value: works, allowed: 'true or false' });
  }
  problems.push(...findProblems(ModuleSchema, options));
  if (problems.length === 0) {
    problems.push(...timingProblems(options));
  }
  if (problems.length > 0) {
    throw new InvalidConfigurationError(problems.map((problem) => describeProblem(ofVariable(problem, env))));
  }
  return options;
}

/** The problem as one of the variable that sets the option, with the text that the variable has. */
function ofVariable(problem: Problem, env: Readonly<Record<string, string | undefined>>): Problem {
  const variable = VARIABLES.find((each) => each.option !== 'worker' && covers(each, problem.path));
  return variable === undefined ? problem : { ...problem, path: variable.name, value: env[variable.name] };
}

function covers({ option }: Variable, path: string): boolean {
  return path === option || path.startsWith(`${option}.`);
}

function put(options: Record<string, unknown>, [key, ...rest]: readonly string[], value: unknown): void {
  // The paths are the table's own: none is empty.
  const name = key as string;
  if (rest.length === 0) {
    options[name] = value;
  } else {
    const inner = (options[name] ??= {}) as Record<string, unknown>;
    put(inner, rest, value);
  }
}
