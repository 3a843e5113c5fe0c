import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { trace } from '@opentelemetry/api';
import { HandlerRegistry } from '../application/handlers/handler-registry.js';
import { SubmitTracing } from '../application/submitting/submit-tracing.js';
import { UsageError } from '../domain/errors/errors.js';
import { AttemptSpans } from './attempt-spans.js';
import { SubmitSpans } from './submit-spans.js';
import { checkTracing, type JobsTracingOptions, TRACING_OPTIONS } from './tracing-options.js';

/** The instrumentation's name, as tracers and backends show it. */
const NAME = 'nestjs-jobs';

/** Puts the spans where they belong: around submits, and around every attempt, outside of all other middleware. */
@Injectable()
export class JobTracing implements OnModuleInit {
  private readonly options: JobsTracingOptions;

  constructor(
    private readonly modules: ModuleRef,
    @Inject(TRACING_OPTIONS) options: JobsTracingOptions,
  ) {
    this.options = checkTracing(options);
  }

  /** @throws UsageError when another one is there */
  onModuleInit(): void {
    const { enabled = true, parent = false, tracerProvider = trace } = this.options;
    if (!enabled) {
      return;
    }
    const tracer = tracerProvider.getTracer(NAME);
    const submits = this.modules.get(SubmitTracing, { strict: false });
    if (submits.active) {
      throw new UsageError(
        'JobsTracingModule is imported more than once; import it in one module: each job would get its spans twice',
      );
    }
    submits.follow(new SubmitSpans(tracer));
    this.modules.get(HandlerRegistry, { strict: false }).surround(new AttemptSpans(tracer, parent));
  }
}
