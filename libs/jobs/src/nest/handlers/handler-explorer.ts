import { Inject, Injectable } from '@nestjs/common';
import { DiscoveryService, ModuleRef } from '@nestjs/core';
import type { HandlerDeclaration } from '../../application/handlers/handler.js';
import { defineHandler } from '../../application/handlers/handler-definition.js';
import { HandlerRegistry } from '../../application/handlers/handler-registry.js';
import { JobEvents } from '../../application/job-events.js';
import type { JobEvent } from '../../application/ports/job-observer.js';
import { DeclaredSchedules } from '../../application/scheduling/declared-schedules.js';
import { PayloadValidator } from '../../application/ports/payload-validator.js';
import type { EngineSettings } from '../../application/settings.js';
import { ENGINE_SETTINGS } from '../../application/tokens.js';
import { DuplicateHandlerError, UsageError } from '../../domain/errors/errors.js';
import {
  classesOf,
  type FoundHandler,
  handlersOf,
  isPerAttempt,
  type ProviderWrapper,
  schedulesOf,
} from './found-handler.js';
import { HandlerInvoker } from './handler-invoker.js';
import { type EventListener, eventListeners } from './handler-metadata.js';
import { findProviders, withProviders } from './provided-middleware.js';

/** Finds the decorated handlers and listeners among all providers of the application, and registers them. */
@Injectable()
export class HandlerExplorer {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly modules: ModuleRef,
    private readonly registry: HandlerRegistry,
    private readonly events: JobEvents,
    private readonly schedules: DeclaredSchedules,
    private readonly invoker: HandlerInvoker,
    private readonly validator: PayloadValidator,
    @Inject(ENGINE_SETTINGS) private readonly settings: EngineSettings,
  ) {}

  /**
   * @throws DuplicateHandlerError, InvalidOptionError, UsageError naming the handlers that are wrong
   */
  explore(): void {
    findProviders(this.settings.middleware, this.modules);
    const byType = new Map<string, FoundHandler>();
    for (const wrapper of this.providers()) {
      for (const handler of handlersOf(wrapper)) {
        this.register(handler, byType);
      }
      for (const schedule of schedulesOf(wrapper)) {
        this.schedules.add(schedule);
      }
      for (const listener of new Set(classesOf(wrapper).flatMap(eventListeners))) {
        this.listen(wrapper, listener);
      }
    }
  }

  /** Each provider once, whatever the names it goes by. */
  private providers(): readonly ProviderWrapper[] {
    const seen = new Set<unknown>();
    return this.discovery.getProviders().filter((wrapper) => {
      if (wrapper.isAlias) {
        return false;
      }
      const instance: unknown = isPerAttempt(wrapper) ? wrapper : wrapper.instance;
      if (typeof instance !== 'object' || instance === null || seen.has(instance)) {
        return false;
      }
      seen.add(instance);
      return true;
    });
  }

  private register(handler: FoundHandler, byType: Map<string, FoundHandler>): void {
    const { declaration, name } = handler;
    const present = byType.get(declaration.type);
    if (present !== undefined) {
      throw new DuplicateHandlerError(declaration.type, [inModule(present), inModule(handler)]);
    }
    byType.set(declaration.type, handler);
    const definition = defineHandler(
      name,
      withProvidedMiddleware(declaration),
      this.invoker.invokerOf(handler),
      this.settings,
      this.validator,
    );
    findProviders(definition.middleware, this.modules);
    this.registry.add(definition);
  }

  private listen(wrapper: ProviderWrapper, { method, kind, type, queue }: EventListener): void {
    if (isPerAttempt(wrapper)) {
      throw new UsageError(
        `${String(wrapper.name)}.${method} listens to '${kind}' events, but its provider is request-scoped or transient; move it to a singleton`,
      );
    }
    const instance = wrapper.instance as Readonly<Record<string, (event: JobEvent) => unknown>>;
    this.events.on(kind, (event) =>
      (type === undefined || event.type === type) && (queue === undefined || event.queue === queue)
        ? instance[method]?.(event)
        : undefined,
    );
  }
}

function withProvidedMiddleware({ type, options }: HandlerDeclaration): HandlerDeclaration {
  const { middleware } = options;
  // Anything but a list is left for the options' own check to refuse.
  return { type, options: Array.isArray(middleware) ? { ...options, middleware: withProviders(middleware) } : options };
}

/** Says which module provides it: one class in two modules is two handlers. */
function inModule({ name, wrapper }: FoundHandler): string {
  return `${name} (in ${wrapper.host?.name ?? 'no module'})`;
}
