import type { ModuleRef } from '@nestjs/core';
import {
  isMiddlewareClass,
  type Middleware,
  type MiddlewareClass,
  type MiddlewareObject,
} from '../../application/handlers/handler.js';
import type { JobContext } from '../../application/attempts/job-context.js';
import { UsageError } from '../../domain/errors/errors.js';

/** Middleware that is told as a class: the application's provider of it, found at boot. */
export class ProvidedMiddleware implements MiddlewareObject {
  private found: MiddlewareObject | undefined;

  constructor(private readonly type: MiddlewareClass) {}

  /** @throws UsageError when no module provides the class, or not as a singleton */
  find(modules: ModuleRef): void {
    try {
      this.found = modules.get<MiddlewareObject>(this.type, { strict: false });
    } catch (cause) {
      throw new UsageError(
        `The middleware ${this.type.name} is not among the providers, or not a singleton there; list it in a module, or give an instance`,
        { cause },
      );
    }
  }

  use(job: JobContext, next: () => Promise<unknown>): Promise<unknown> {
    if (this.found === undefined) {
      throw new UsageError(`The middleware ${this.type.name} was called before the application has booted`);
    }
    return this.found.use(job, next);
  }
}

/** The list with every class in it as the provider's instance it will be. */
export function withProviders(middleware: readonly (Middleware | MiddlewareClass)[]): readonly Middleware[] {
  return middleware.map((each) => (isMiddlewareClass(each) ? new ProvidedMiddleware(each) : each));
}

/** Finds the providers that the list waits for. @throws UsageError */
export function findProviders(middleware: readonly Middleware[], modules: ModuleRef): void {
  for (const each of middleware) {
    if (each instanceof ProvidedMiddleware) {
      each.find(modules);
    }
  }
}
