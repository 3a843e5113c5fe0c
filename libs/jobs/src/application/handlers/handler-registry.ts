import { Injectable } from '@nestjs/common';
import { DuplicateHandlerError } from '../../domain/errors/errors.js';
import type { RetryOptions, RetryPolicy } from '../../domain/retry-policy.js';
import type { Middleware } from './handler.js';
import type { JobContext } from '../attempts/job-context.js';

/** A handler with everything decided, as the engine runs it. Times in milliseconds. */
export interface HandlerDefinition {
  readonly type: string;
  readonly queue: string;
  /** For messages: `SendEmail`, `Reports.daily`. */
  readonly name: string;
  readonly priority: number;
  readonly timeout: number;
  readonly retry: RetryPolicy;
  /** What handler and queue say of it, before the module's defaults. */
  readonly declared?: DeclaredLayers;
  readonly maxCrashes: number;
  readonly retain?: number;
  readonly expiresIn?: number;
  /** Attempts at once in this process. */
  readonly concurrency?: number;
  /** The module's and the handler's, outermost first. */
  readonly middleware: readonly Middleware[];
  /** Answers the payload as the handler gets it. @throws InvalidPayloadError */
  readonly validate?: (payload: unknown) => unknown;
  /** Runs the handler; may throw or reject with anything. */
  readonly invoke: (payload: unknown, context: JobContext) => unknown;
}

/** What is left of a handler's options once the module's defaults are laid under them: other defaults may come. */
export interface DeclaredLayers {
  readonly timeout?: number;
  /** The handler's, then its queue's. */
  readonly retry: readonly (RetryOptions | undefined)[];
}

/** Knows the handlers of this process by job type. */
@Injectable()
export class HandlerRegistry {
  private readonly handlers = new Map<string, HandlerDefinition>();
  private queues_: readonly string[] = [];
  private surrounding: readonly Middleware[] = [];
  private listeners: ((definition: HandlerDefinition) => void)[] = [];

  /** @throws DuplicateHandlerError naming both handlers */
  add(definition: HandlerDefinition): void {
    const present = this.handlers.get(definition.type);
    if (present !== undefined) {
      throw new DuplicateHandlerError(definition.type, [present.name, definition.name]);
    }
    this.handlers.set(definition.type, this.surrounded(definition, this.surrounding));
    if (!this.queues_.includes(definition.queue)) {
      this.queues_ = [...this.queues_, definition.queue];
    }
    for (const listener of this.listeners) {
      listener(definition);
    }
  }

  /**
   * Puts middleware around every handler, outside of what it has; those that are added later too. Attempts that have
   * begun go on without.
   */
  surround(middleware: Middleware): void {
    this.surrounding = [middleware, ...this.surrounding];
    for (const [type, definition] of this.handlers) {
      this.handlers.set(type, this.surrounded(definition, [middleware]));
    }
  }

  /** Puts another definition in the place of each handler's; those who were told of the handlers are told again. */
  redefine(define: (definition: HandlerDefinition) => HandlerDefinition): void {
    for (const [type, present] of this.handlers) {
      const definition = define(present);
      this.handlers.set(type, definition);
      this.listeners.forEach((listener) => listener(definition));
    }
  }

  get(type: string): HandlerDefinition | undefined {
    return this.handlers.get(type);
  }

  all(): readonly HandlerDefinition[] {
    return [...this.handlers.values()];
  }

  /** The queues that have a handler here, in the order they were first named: the same array until there is one more. */
  queues(): readonly string[] {
    return this.queues_;
  }

  /** Calls back for every handler added from now on. */
  onAdded(listener: (definition: HandlerDefinition) => void): () => void {
    this.listeners = [...this.listeners, listener];
    return () => {
      this.listeners = this.listeners.filter((each) => each !== listener);
    };
  }

  private surrounded(definition: HandlerDefinition, by: readonly Middleware[]): HandlerDefinition {
    return by.length === 0 ? definition : { ...definition, middleware: [...by, ...definition.middleware] };
  }
}
