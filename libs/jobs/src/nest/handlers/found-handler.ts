import type { DiscoveryService } from '@nestjs/core';
import { type HandlerDeclaration, handlerDeclaration } from '../../application/handlers/handler.js';
import { UsageError } from '../../domain/errors/errors.js';
import type { ScheduleOptions } from '../../application/scheduling/schedule-options.js';
import {
  type AnyClass,
  isMarked,
  type MethodHandler,
  methodHandlers,
  scheduleDeclarations,
} from './handler-metadata.js';

/** What Nest knows of one provider. */
export type ProviderWrapper = ReturnType<DiscoveryService['getProviders']>[number];

/** A handler among the application's providers. */
export interface FoundHandler {
  readonly declaration: HandlerDeclaration;
  readonly wrapper: ProviderWrapper;
  /** The class that its enhancers are read from. */
  readonly host: AnyClass;
  readonly method: string;
  /** `SendEmail`, `Reports.daily`. */
  readonly name: string;
}

/**
 * The classes that may say what a provider handles: the one that implements it and, for one that is given as a value or
 * made by a factory, the class it is provided as (a mock in a test has no decorators of its own).
 */
export function classesOf(wrapper: ProviderWrapper): readonly AnyClass[] {
  const classes: AnyClass[] = [];
  if (!wrapper.isNotMetatype && typeof wrapper.metatype === 'function') {
    classes.push(wrapper.metatype as unknown as AnyClass);
  } else {
    const instance: unknown = wrapper.instance;
    // Through the prototype: `instance.constructor` would run the code of a proxy.
    const made =
      typeof instance === 'object' && instance !== null
        ? (Object.getPrototypeOf(instance) as { constructor?: unknown } | null)?.constructor
        : undefined;
    if (typeof made === 'function' && made !== Object) {
      classes.push(made as AnyClass);
    }
  }
  if (typeof wrapper.token === 'function') {
    classes.push(wrapper.token as unknown as AnyClass);
  }
  return [...new Set(classes)];
}

/** Instances of it do not live as long as the application: each attempt gets its own. */
export function isPerAttempt(wrapper: ProviderWrapper): boolean {
  return wrapper.isTransient || !wrapper.isDependencyTreeStatic();
}

/**
 * The handlers of one provider: its class's own type, or its methods'.
 *
 * @throws UsageError for a decorated class without `handle`, and for a marked one without handler methods
 */
export function handlersOf(wrapper: ProviderWrapper): readonly FoundHandler[] {
  const classes = classesOf(wrapper);
  const [host] = classes;
  const decorated = classes.find(
    (each) =>
      handlerDeclaration(each) !== undefined ||
      methodHandlers(each).length > 0 ||
      scheduleDeclarations(each).length > 0 ||
      isMarked(each),
  );
  if (host === undefined || decorated === undefined) {
    return [];
  }
  const methods = [...methodHandlers(decorated), ...scheduledMethods(decorated)];
  const byClass = handlerDeclaration(decorated);
  if (byClass !== undefined && !hasMethod(wrapper, host, 'handle')) {
    throw new UsageError(
      `${decorated.name} is decorated with @JobHandler('${byClass.type}') but has no method handle(payload, job); add one, or move the decorator to the method that handles the job`,
    );
  }
  const unhandled = scheduleDeclarations(decorated).find(({ method }) => method === undefined);
  if (byClass === undefined && unhandled !== undefined) {
    throw new UsageError(
      `${decorated.name} is decorated with @Schedule('${unhandled.expression}') but handles no type; add @JobHandler('type'), or schedule one of its methods`,
    );
  }
  if (byClass === undefined && methods.length === 0) {
    throw new UsageError(
      `${decorated.name} is marked with @JobHandler() but none of its own methods is a handler; decorate a method with @JobHandler('type')`,
    );
  }
  return [
    ...(byClass === undefined ? [] : [{ declaration: byClass, wrapper, host, method: 'handle', name: decorated.name }]),
    ...methods.map(({ method, type, options }) => ({
      declaration: { type, options },
      wrapper,
      host,
      method,
      name: `${decorated.name}.${method}`,
    })),
  ];
}

/** Methods that only a schedule runs: each handles a type of its own. */
function scheduledMethods(decorated: AnyClass): readonly MethodHandler[] {
  const named = new Set(methodHandlers(decorated).map(({ method }) => method));
  const methods = new Set(scheduleDeclarations(decorated).flatMap(({ method }) => method ?? []));
  return [...methods]
    .filter((method) => !named.has(method))
    .map((method) => ({ method, type: `${decorated.name}.${method}`, options: {} }));
}

/** The schedules that a provider declares for its handlers, which {@link handlersOf} has found. */
export function schedulesOf(wrapper: ProviderWrapper): readonly ScheduleOptions[] {
  return classesOf(wrapper).flatMap((each) => {
    const types = new Map<string | undefined, string | undefined>([
      [undefined, handlerDeclaration(each)?.type],
      ...[...methodHandlers(each), ...scheduledMethods(each)].map(({ method, type }) => [method, type] as const),
    ]);
    return scheduleDeclarations(each).flatMap(({ expression, options, method }) => {
      const type = types.get(method);
      return type === undefined ? [] : [{ id: type, ...options, expression, type }];
    });
  });
}

function hasMethod(wrapper: ProviderWrapper, host: AnyClass, method: string): boolean {
  const holder: unknown = isPerAttempt(wrapper) ? host.prototype : wrapper.instance;
  // What a request-scoped factory will make is not known before it does.
  return (
    (isPerAttempt(wrapper) && wrapper.isNotMetatype) ||
    typeof (holder as Record<string, unknown> | null | undefined)?.[method] === 'function'
  );
}
