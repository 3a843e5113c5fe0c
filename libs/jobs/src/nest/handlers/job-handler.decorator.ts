import { Injectable } from '@nestjs/common';
import { INJECTABLE_WATERMARK } from '@nestjs/common/constants.js';
import {
  declareHandler,
  type Handler,
  handlerDeclaration,
  type HandlerOptions,
  type PayloadType,
} from '../../application/handlers/handler.js';
import type { JobContext } from '../../application/attempts/job-context.js';
import { UsageError } from '../../domain/errors/errors.js';
import { addMethodHandler, type AnyClass, describeParameters, markClass } from './handler-metadata.js';

/** Decorates a class with a `handle` method, or any other method, that takes payloads of type `P`. */
export interface JobHandlerDecorator<P> {
  (target: abstract new (...args: never[]) => Handler<P>): void;
  <M extends (payload: P, job: JobContext) => unknown>(
    target: object,
    method: string,
    descriptor: TypedPropertyDescriptor<M>,
  ): void;
}

/**
 * Marks a provider whose methods are handlers. The methods say what they handle; the mark says it to readers, and makes
 * it an error when none of them does.
 */
export function JobHandler(): ClassDecorator;
/**
 * Makes a provider class, by its `handle(payload, job)`, or one of a provider's methods the handler of a job type.
 *
 * The class needs no `@Injectable()`; add one for a scope. Its guards, interceptors, pipes and filters apply, global ones
 * do not (see `handlers.globalEnhancers`); pipes apply to the payload. A subclass does not inherit the type.
 *
 * @param type up to 128 letters, digits and `_ . : / -`; two handlers for one type stop the boot
 * @param options see `HandlerOptions`; a class that `payload` names must be what the handler takes
 * @throws UsageError when the class is decorated twice
 */
export function JobHandler<P>(
  type: string,
  options: HandlerOptions & { readonly payload: PayloadType<P> },
): JobHandlerDecorator<P>;
export function JobHandler(type: string, options?: HandlerOptions): JobHandlerDecorator<never>;
export function JobHandler(type?: string, options: HandlerOptions = {}) {
  return (target: object, method?: string): void => {
    if (method !== undefined) {
      decorateMethod(target, method, type, options);
    } else {
      decorateClass(target as AnyClass, type, options);
    }
  };
}

function decorateClass(target: AnyClass, type: string | undefined, options: HandlerOptions): void {
  if (type === undefined) {
    markClass(target);
  } else {
    const present = handlerDeclaration(target);
    if (present !== undefined) {
      throw new UsageError(
        `${target.name} is decorated as handler of both '${type}' and '${present.type}'; a class handles one type, decorate its methods for more`,
      );
    }
    declareHandler(target, { type, options });
    describeParameters(target, 'handle');
  }
  // An @Injectable({ scope }) of the user's that ran before this one must not lose its scope.
  if (!Reflect.hasOwnMetadata(INJECTABLE_WATERMARK, target)) {
    Injectable()(target);
  }
}

function decorateMethod(target: object, method: string, type: string | undefined, options: HandlerOptions): void {
  if (typeof target === 'function') {
    throw new UsageError(
      `${target.name}.${method} is static: @JobHandler('${type}') works on methods of a provider's instance`,
    );
  }
  const host = target.constructor as AnyClass;
  if (type === undefined) {
    throw new UsageError(`${host.name}.${method} needs a job type: @JobHandler('type')`);
  }
  addMethodHandler(host, { method, type, options });
  describeParameters(host, method);
}
