import { type DynamicModule, type FactoryProvider, Module, type ModuleMetadata } from '@nestjs/common';
import { JobLogging } from './job-logging.js';
import { type JobsLoggingOptions, LOGGING_OPTIONS } from './logging-options.js';

/** What `JobsLoggingModule.forRootAsync` is told. */
export interface JobsLoggingAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  /** Called once, at boot, with what `inject` names. */
  readonly useFactory: (...args: never[]) => JobsLoggingOptions | Promise<JobsLoggingOptions>;
  /** What `useFactory` gets. Default: nothing. */
  readonly inject?: FactoryProvider['inject'];
}

/** Logs every attempt of this process: import it beside `JobsModule.forRoot`. Without it, attempts are not logged. */
@Module({})
export class JobsLoggingModule {
  /** A wrong option stops the boot with `InvalidOptionError`. */
  static forRoot(options: JobsLoggingOptions = {}): DynamicModule {
    return { module: JobsLoggingModule, providers: [{ provide: LOGGING_OPTIONS, useValue: options }, JobLogging] };
  }

  /** The same with options that are made at boot. */
  static forRootAsync({ useFactory, inject = [], imports = [] }: JobsLoggingAsyncOptions): DynamicModule {
    const options = { provide: LOGGING_OPTIONS, useFactory, inject } as FactoryProvider;
    return { module: JobsLoggingModule, imports, providers: [options, JobLogging] };
  }
}
