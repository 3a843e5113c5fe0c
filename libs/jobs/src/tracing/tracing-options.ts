import type { TracerProvider } from '@opentelemetry/api';
import { InvalidOptionError } from '../domain/errors/errors.js';
import { reading, readOptions } from '../domain/options/read-options.js';

/** Injects what `JobsTracingModule` was told: {@link JobsTracingOptions}. */
export const TRACING_OPTIONS = Symbol.for('nestjs-jobs:tracing-options');

/** What `JobsTracingModule.forRoot` is told. */
export interface JobsTracingOptions {
  /** Trace at all. Default: `true`. */
  readonly enabled?: boolean;
  /**
   * Attempts continue the trace of their submit, as children of its span. Default: `false`: each attempt is a trace of its
   * own that links to it.
   */
  readonly parent?: boolean;
  /** Makes the spans. Default: the provider that is registered with `@opentelemetry/api`. */
  readonly tracerProvider?: TracerProvider;
}

const OPTIONS: Readonly<Record<keyof JobsTracingOptions, true>> = { enabled: true, parent: true, tracerProvider: true };
const OPTION_NAMES = Object.keys(OPTIONS) as readonly (keyof JobsTracingOptions)[];

/** @throws InvalidOptionError naming the option */
export function checkTracing(told: JobsTracingOptions): JobsTracingOptions {
  return reading('options', told, () => checked(readOptions<JobsTracingOptions>(told, 'options', OPTION_NAMES)));
}

function checked(options: JobsTracingOptions): JobsTracingOptions {
  for (const option of ['enabled', 'parent'] as const) {
    if (options[option] !== undefined && typeof options[option] !== 'boolean') {
      throw new InvalidOptionError(option, options[option], 'true or false');
    }
  }
  if (options.tracerProvider !== undefined && typeof options.tracerProvider?.getTracer !== 'function') {
    throw new InvalidOptionError('tracerProvider', options.tracerProvider, 'a TracerProvider, with getTracer()');
  }
  return options;
}
