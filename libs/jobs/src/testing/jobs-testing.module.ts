import type { DynamicModule, FactoryProvider, Type } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { TestingModuleBuilder } from '@nestjs/testing';
import { createMemoryStore } from '../adapters/memory/create-memory-store.js';
import { JobsEngine } from '../application/jobs-engine.js';
import { Clock } from '../application/ports/clock.js';
import type { EngineSettings } from '../application/settings.js';
import { ENGINE_SETTINGS } from '../application/tokens.js';
import { JobsModule } from '../nest/jobs.module.js';
import type { JobsModuleOptions } from '../nest/options/module-options.js';
import type { ResolvedOptions } from '../nest/options/resolve-options.js';
import { RESOLVED_OPTIONS, STORE_PORTS } from '../nest/tokens.js';
import { HandDrivenEngine } from './hand-driven-engine.js';
import { withLedger } from './ledger-job-store.js';
import { TestingJobs } from './testing-jobs.js';
import { VirtualClock } from './virtual-clock.js';

/** What the virtual clock is told. */
export interface VirtualTimeOptions {
  /** The time at which the test begins. Default: 2026-01-01T00:00:00Z. */
  readonly now?: Date;
}

/** What `JobsTestingModule.forRoot` is told: those of the module's options that mean something in a test. */
export interface JobsTestingOptions
  extends
    VirtualTimeOptions,
    Pick<
      JobsModuleOptions,
      | 'isGlobal'
      | 'preset'
      | 'queues'
      | 'defaults'
      | 'worker'
      | 'maxPayloadSize'
      | 'schedules'
      | 'middleware'
      | 'handlers'
    > {}

/**
 * `JobsModule` for tests: the embedded memory store, a virtual clock, and nothing that runs by itself. Import it in
 * place of `JobsModule.forRoot`, and inject or `get` {@link TestingJobs} to run what was submitted.
 *
 * For a module that imports `JobsModule` itself there is {@link useTestingJobs}.
 */
export class JobsTestingModule {
  /** Global unless `isGlobal: false`. @throws InvalidConfigurationError while the module is compiled */
  static forRoot({ now, ...options }: JobsTestingOptions = {}): DynamicModule {
    const module = JobsModule.forRoot({ preset: 'development', ...options, store: 'memory' });
    // It imports exactly one module, its core, which is dynamic.
    const [core] = module.imports as [DynamicModule];
    const testing: DynamicModule = {
      ...core,
      // Of two providers for one token, Nest takes the later.
      providers: [...(core.providers ?? []), ...replacements(now), TESTING_JOBS],
      exports: [...(core.exports ?? []), TestingJobs],
    };
    return { ...module, imports: [testing], exports: [testing] };
  }
}

/**
 * Makes an application's own `JobsModule`, however it is imported and configured, run by hand on a memory store and a
 * virtual clock. Its other options stay as they are.
 *
 * ```ts
 * const module = await useTestingJobs(Test.createTestingModule({ imports: [AppModule] })).compile();
 * await module.init();
 * const jobs = TestingJobs.of(module);
 * ```
 */
export function useTestingJobs(builder: TestingModuleBuilder, { now }: VirtualTimeOptions = {}): TestingModuleBuilder {
  for (const replacement of replacements(now)) {
    const override = builder.overrideProvider(replacement.provide);
    if ('useFactory' in replacement) {
      override.useFactory({ factory: replacement.useFactory, inject: replacement.inject });
    } else if ('useClass' in replacement) {
      override.useClass(replacement.useClass);
    } else {
      override.useValue(replacement.useValue);
    }
  }
  return builder;
}

type Replacement =
  | { readonly provide: Type | typeof Clock; readonly useClass: Type }
  | { readonly provide: typeof Clock; readonly useValue: VirtualClock }
  | { readonly provide: symbol; readonly useFactory: (...args: never[]) => unknown; readonly inject: Injected[] };

type Injected = symbol | typeof Clock;

/** What takes the place of the store, the clock and the workers. */
function replacements(now: Date | undefined): readonly Replacement[] {
  return [
    { provide: Clock, useValue: new VirtualClock(now?.getTime()) },
    {
      provide: STORE_PORTS,
      useFactory: (clock: Clock) => withLedger(createMemoryStore({ clock }), clock),
      inject: [Clock],
    },
    {
      provide: ENGINE_SETTINGS,
      useFactory: ({ settings }: ResolvedOptions): EngineSettings => ({
        ...settings,
        workers: [],
        alone: true,
        // What a process with workers would fire, to the millisecond.
        schedules: {
          ...settings.schedules,
          withoutWorkers: settings.workers.length > 0 || settings.schedules.withoutWorkers,
          spread: 0,
        },
      }),
      inject: [RESOLVED_OPTIONS],
    },
    { provide: JobsEngine, useClass: HandDrivenEngine },
  ];
}

const TESTING_JOBS: FactoryProvider = {
  provide: TestingJobs,
  useFactory: (module: ModuleRef) => new TestingJobs(module),
  inject: [ModuleRef],
};
