import 'reflect-metadata';
import type { AlertEvent } from '../application/alerting/alert-event.js';
import { UsageError } from '../domain/errors/errors.js';

const LISTENERS = Symbol.for('nestjs-jobs:alert-listeners');

/** A method that is told of alerts. */
export interface AlertListener {
  readonly method: string;
  readonly kinds: readonly AlertEvent['kind'][];
}

/**
 * Calls a provider's method when an alert fires or has recovered, in every process that imports `JobsAlertsModule`,
 * whichever of them has found out. The provider must be a singleton; what it throws is logged.
 *
 * @param kinds which events; both when none is named
 */
export function OnJobAlert(...kinds: readonly AlertEvent['kind'][]) {
  return <M extends (event: AlertEvent) => unknown>(
    target: object,
    method: string,
    _descriptor: TypedPropertyDescriptor<M>,
  ): void => {
    if (typeof target === 'function') {
      throw new UsageError(`${target.name}.${method} is static: @OnJobAlert works on methods of a provider's instance`);
    }
    const listener: AlertListener = { method, kinds: kinds.length === 0 ? ['firing', 'recovered'] : kinds };
    const own = (Reflect.getOwnMetadata(LISTENERS, target.constructor) ?? []) as readonly AlertListener[];
    Reflect.defineMetadata(LISTENERS, [...own, listener], target.constructor);
  };
}

/** The listeners of a class and its parents. */
export function alertListeners(target: unknown): readonly AlertListener[] {
  const listeners: AlertListener[] = [];
  for (let each = target; typeof each === 'function'; each = Object.getPrototypeOf(each)) {
    listeners.push(...((Reflect.getOwnMetadata(LISTENERS, each) ?? []) as readonly AlertListener[]));
  }
  return listeners;
}
