import {
  EXCEPTION_FILTERS_METADATA,
  GUARDS_METADATA,
  INTERCEPTORS_METADATA,
  PIPES_METADATA,
} from '@nestjs/common/constants.js';
import { ApplicationConfig, ExternalContextCreator, ModulesContainer, NestContainer } from '@nestjs/core';
import { UsageError } from '../../domain/errors/errors.js';
import type { FoundHandler } from './found-handler.js';

const ENHANCERS = [GUARDS_METADATA, INTERCEPTORS_METADATA, PIPES_METADATA, EXCEPTION_FILTERS_METADATA] as const;

type EnhancerKind = (typeof ENHANCERS)[number];

/** True when the class or the method has a guard, interceptor, pipe or filter of its own. */
export function hasEnhancers(host: object, method: unknown): boolean {
  return ENHANCERS.some((kind) => enhancersOf(kind, host, method).length > 0);
}

/** True when the class or the method has an exception filter of its own. */
export function hasFilters(host: object, method: unknown): boolean {
  return enhancersOf(EXCEPTION_FILTERS_METADATA, host, method).length > 0;
}

/**
 * Nest makes the enhancers of classes that a module lists, not of those that come out of a factory or as a value, and
 * leaves out silently what it has not made. A guard that is left out is a hole, so it stops the boot instead.
 *
 * @throws UsageError naming the handler and the enhancer
 */
export function refuseMissingEnhancers({ wrapper, name }: FoundHandler, host: object, method: unknown): void {
  for (const enhancer of ENHANCERS.flatMap((kind) => enhancersOf(kind, host, method))) {
    if (typeof enhancer === 'function' && wrapper.host?.injectables.has(enhancer) !== true) {
      throw new UsageError(
        `${name} has the enhancer ${enhancer.name}, which Nest makes only for providers that are classes; list the handler's class among the providers, or give the enhancer as an instance`,
      );
    }
  }
}

function enhancersOf(kind: EnhancerKind, host: object, method: unknown): readonly unknown[] {
  return [host, method].flatMap((target) =>
    typeof target === 'function' ? ((Reflect.getMetadata(kind, target) ?? []) as readonly unknown[]) : [],
  );
}

/**
 * Makes Nest's own machinery for calling a method through its enhancers, without the application's global ones: a global
 * guard that reads the user of a request would forbid every job.
 */
export function contextsWithoutGlobals(modules: ModulesContainer): ExternalContextCreator {
  return ExternalContextCreator.fromContainer(new ContainerView(modules, new ApplicationConfig()));
}

/** The same with the application's global enhancers, but for request-scoped ones: a job is no request. */
export function contextsWithGlobals(modules: ModulesContainer, config: ApplicationConfig): ExternalContextCreator {
  return ExternalContextCreator.fromContainer(new ContainerView(modules, new SingletonGlobals(config)));
}

/** The application's modules under another configuration. */
class ContainerView extends NestContainer {
  constructor(
    private readonly present: ModulesContainer,
    config: ApplicationConfig,
  ) {
    super(config);
  }

  override getModules(): ModulesContainer {
    return this.present;
  }
}

/** The global enhancers that live as long as the application, read when they are needed. */
class SingletonGlobals extends ApplicationConfig {
  constructor(private readonly application: ApplicationConfig) {
    super();
  }

  override getGlobalGuards(): ReturnType<ApplicationConfig['getGlobalGuards']> {
    return this.application.getGlobalGuards();
  }

  override getGlobalInterceptors(): ReturnType<ApplicationConfig['getGlobalInterceptors']> {
    return this.application.getGlobalInterceptors();
  }

  override getGlobalPipes(): ReturnType<ApplicationConfig['getGlobalPipes']> {
    return this.application.getGlobalPipes();
  }

  override getGlobalFilters(): ReturnType<ApplicationConfig['getGlobalFilters']> {
    return this.application.getGlobalFilters();
  }
}
