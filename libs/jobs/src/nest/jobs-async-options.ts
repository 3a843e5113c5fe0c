import type { FactoryProvider, ModuleMetadata, Provider, Type } from '@nestjs/common';
import { UsageError } from '../domain/errors/errors.js';
import type { JobsModuleOptions } from './options/module-options.js';
import { JOBS_OPTIONS } from './tokens.js';

/** Makes the options: for `forRootAsync({ useClass })` and `useExisting`. */
export interface JobsOptionsFactory {
  /** Called once, at boot. */
  createJobsOptions(): JobsModuleOptions | Promise<JobsModuleOptions>;
}

/** What `JobsModule.forRootAsync` is told: exactly one of `useFactory`, `useClass` and `useExisting`. */
export interface JobsModuleAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  /** Makes `JobService` injectable everywhere; has to be known before the options are. Default: `true`. */
  readonly isGlobal?: boolean;
  /** Called once, at boot, with what `inject` names. */
  readonly useFactory?: (...args: never[]) => JobsModuleOptions | Promise<JobsModuleOptions>;
  /** What `useFactory` gets. */
  readonly inject?: FactoryProvider['inject'];
  /** Instantiated here. */
  readonly useClass?: Type<JobsOptionsFactory>;
  /** Provided by one of `imports`, or globally. */
  readonly useExisting?: Type<JobsOptionsFactory>;
}

/** The provider of the options, and what it needs. @throws UsageError unless exactly one way to make them is given */
export function optionsProviders({ useFactory, useClass, useExisting, inject }: JobsModuleAsyncOptions): Provider[] {
  if ([useFactory, useClass, useExisting].filter((way) => way !== undefined).length !== 1) {
    throw new UsageError('JobsModule.forRootAsync needs exactly one of useFactory, useClass and useExisting');
  }
  if (useFactory !== undefined) {
    return [{ provide: JOBS_OPTIONS, useFactory, inject: inject ?? [] } as FactoryProvider];
  }
  // One of the two is there, as was just counted.
  const factory = (useExisting ?? useClass)!;
  return [
    ...(useClass === undefined ? [] : [useClass]),
    { provide: JOBS_OPTIONS, useFactory: (made: JobsOptionsFactory) => made.createJobsOptions(), inject: [factory] },
  ];
}
