import { type DynamicModule, type FactoryProvider, Module, type ModuleMetadata } from '@nestjs/common';
import { JobTracing } from './job-tracing.js';
import { type JobsTracingOptions, TRACING_OPTIONS } from './tracing-options.js';

/** What `JobsTracingModule.forRootAsync` is told. */
export interface JobsTracingAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  /** Called once, at boot, with what `inject` names. */
  readonly useFactory: (...args: never[]) => JobsTracingOptions | Promise<JobsTracingOptions>;
  /** What `useFactory` gets. Default: nothing. */
  readonly inject?: FactoryProvider['inject'];
}

/**
 * OpenTelemetry traces across the queue: import it beside `JobsModule.forRoot`, in the processes that submit and in those that work.
 * What exports the spans is the application's own set-up of OpenTelemetry.
 */
@Module({})
export class JobsTracingModule {
  /** A wrong option stops the boot with `InvalidOptionError`. */
  static forRoot(options: JobsTracingOptions = {}): DynamicModule {
    return { module: JobsTracingModule, providers: [{ provide: TRACING_OPTIONS, useValue: options }, JobTracing] };
  }

  /** The same with options that are made at boot. */
  static forRootAsync({ useFactory, inject = [], imports = [] }: JobsTracingAsyncOptions): DynamicModule {
    const options = { provide: TRACING_OPTIONS, useFactory, inject } as FactoryProvider;
    return { module: JobsTracingModule, imports, providers: [options, JobTracing] };
  }
}
