import { Inject, Injectable } from '@nestjs/common';
import {
  ApplicationConfig,
  ContextIdFactory,
  type ExternalContextCreator,
  ModuleRef,
  ModulesContainer,
} from '@nestjs/core';
import type { HandlerDefinition } from '../../application/handlers/handler-registry.js';
import { type JobContext, SnoozeSignal } from '../../application/attempts/job-context.js';
import { Log } from '../../application/ports/log.js';
import { type FoundHandler, isPerAttempt } from './found-handler.js';
import {
  contextsWithGlobals,
  contextsWithoutGlobals,
  hasEnhancers,
  hasFilters,
  refuseMissingEnhancers,
} from './handler-enhancers.js';
import { PARAMETERS } from './handler-metadata.js';
import type { ResolvedOptions } from '../options/resolve-options.js';
import { RESOLVED_OPTIONS } from '../tokens.js';

type Invoke = HandlerDefinition['invoke'];
type Method = (payload: unknown, job: JobContext) => unknown;
type Instance = Readonly<Record<string, Method>>;
type ContextId = ReturnType<typeof ContextIdFactory.create>;

/** The type that enhancers see: `context.getType() === 'job'`. */
const CONTEXT_TYPE = 'job';

/** Guards, interceptors and pipes around the handler; and the filters, apart. */
const ENHANCED = { guards: true, interceptors: true, filters: false };
const FILTERS_ONLY = { guards: false, interceptors: false, filters: true };

/** The argument that pipes get: see {@link PARAMETERS}. */
const PAYLOAD = {
  exchangeKeyForValue: (_kind: number, _data: unknown, args: readonly unknown[]): unknown => args[0],
};

/** Decides how each handler is called: directly where that is enough, else through Nest, one context an attempt. */
@Injectable()
export class HandlerInvoker {
  private readonly contexts: ExternalContextCreator;
  private readonly globals: boolean;

  constructor(
    modules: ModulesContainer,
    config: ApplicationConfig,
    private readonly log: Log,
    @Inject(RESOLVED_OPTIONS) { globalEnhancers }: ResolvedOptions,
  ) {
    this.globals = globalEnhancers;
    this.contexts = globalEnhancers ? contextsWithGlobals(modules, config) : contextsWithoutGlobals(modules);
  }

  /** @throws UsageError when an enhancer of the handler cannot be had */
  invokerOf(handler: FoundHandler): Invoke {
    const { wrapper, method } = handler;
    if (isPerAttempt(wrapper)) {
      return (payload, job) => this.runScoped(handler, payload, job);
    }
    const instance = wrapper.instance as Instance;
    const host = classOf(instance);
    refuseMissingEnhancers(handler, host, instance[method]);
    return this.globals || hasEnhancers(host, instance[method])
      ? (payload, job) => this.runEnhanced(handler, instance, payload, job)
      : (payload, job) => call(instance, method, payload, job);
  }

  /** Request-scoped and transient handlers: an instance an attempt, with the job's context as `REQUEST`. */
  private async runScoped(handler: FoundHandler, payload: unknown, job: JobContext): Promise<unknown> {
    const { wrapper, method } = handler;
    const contextId = ContextIdFactory.create();
    // The host is absent for providers of no module only, and discovery goes over modules.
    const moduleRef = wrapper.host?.providers.get(ModuleRef)?.instance as ModuleRef;
    moduleRef.registerRequestByContextId(job, contextId);
    const instance = await moduleRef.resolve<Instance>(wrapper.token as string, contextId, { strict: true });
    const host = classOf(instance);
    refuseMissingEnhancers(handler, host, instance[method]);
    return this.globals || hasEnhancers(host, instance[method])
      ? this.runEnhanced(handler, instance, payload, job, contextId)
      : call(instance, method, payload, job);
  }

  private async runEnhanced(
    handler: FoundHandler,
    instance: Instance,
    payload: unknown,
    job: JobContext,
    contextId?: ContextId,
  ): Promise<unknown> {
    const { method } = handler;
    const run = this.context(handler, instance, contextId, ENHANCED, (piped) => call(instance, method, piped, job));
    try {
      return await run(payload, job);
    } catch (error) {
      if ((this.globals || hasFilters(classOf(instance), instance[method])) && !(error instanceof SnoozeSignal)) {
        await this.tellFilters(handler, instance, payload, job, contextId, error);
      }
      throw error;
    }
  }

  /** Filters are told of the error; what they answer or throw changes nothing about it: an attempt that failed has failed. */
  private async tellFilters(
    handler: FoundHandler,
    instance: Instance,
    payload: unknown,
    job: JobContext,
    contextId: ContextId | undefined,
    error: unknown,
  ): Promise<void> {
    const fail = async (): Promise<never> => {
      throw error;
    };
    try {
      await this.context(handler, instance, contextId, FILTERS_ONLY, fail)(payload, job);
    } catch (thrown) {
      if (thrown !== error) {
        this.log.error(`An exception filter of ${handler.name} failed`, thrown, { job: job.id, type: job.type });
      }
    }
  }

  private context(
    { wrapper, method }: FoundHandler,
    instance: Instance,
    contextId: ContextId | undefined,
    options: typeof ENHANCED,
    run: (payload: unknown) => unknown,
  ): (payload: unknown, job: JobContext) => Promise<unknown> {
    // Enhancers read the handler's metadata off what Nest calls: it stands in for the method, and inherits from it.
    const standIn = (payload: unknown): unknown => run(payload);
    Object.setPrototypeOf(standIn, instance[method] ?? null);
    Object.defineProperty(standIn, 'name', { value: method });
    return this.contexts.create(
      instance,
      standIn,
      method,
      PARAMETERS,
      PAYLOAD,
      contextId,
      wrapper.id,
      options,
      CONTEXT_TYPE,
    );
  }
}

/** Looked up on the instance at each call, so that a spy put there is seen. */
function call(instance: Instance, method: string, payload: unknown, job: JobContext): unknown {
  // Discovery saw it there.
  return instance[method]!(payload, job);
}

function classOf(instance: object): object {
  return (Object.getPrototypeOf(instance) as { constructor?: object } | null)?.constructor ?? Object;
}
