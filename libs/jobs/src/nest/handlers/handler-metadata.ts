import 'reflect-metadata';
import type { HandlerDeclaration } from '../../application/handlers/handler.js';
import type { ScheduleDecoratorOptions } from '../../application/scheduling/schedule-options.js';
import type { JobEventKind } from '../../application/ports/job-observer.js';

const MARK = Symbol.for('nestjs-jobs:mark');
const METHODS = Symbol.for('nestjs-jobs:methods');
const LISTENERS = Symbol.for('nestjs-jobs:listeners');
const SCHEDULES = Symbol.for('nestjs-jobs:schedules');

/**
 * Where Nest's context creator finds which argument of a handler pipes apply to: its payload, never its `JobContext`,
 * as with the message handlers of Nest's microservices.
 */
export const PARAMETERS = 'nestjs-jobs:parameters';

/** Nest reads the part before the colon as the kind of the argument: 3 is a body to its pipes. */
const PAYLOAD_PARAMETERS = { '3:0': { index: 0, data: undefined, pipes: [] } };

/** Any class, as a decorator gets it. */
export type AnyClass = abstract new (...args: never[]) => object;

/** A method that runs the jobs of one type. */
export interface MethodHandler extends HandlerDeclaration {
  readonly method: string;
}

/** When a class or a method of it is to run. */
export interface ScheduleDeclaration {
  readonly expression: string;
  readonly options: ScheduleDecoratorOptions;
  /** Absent for the class's own handler. */
  readonly method?: string;
}

/** A method that is told of job events. */
export interface EventListener {
  readonly method: string;
  readonly kind: JobEventKind;
  readonly type?: string;
  readonly queue?: string;
}

/** Says that the class has handlers among its methods. */
export function markClass(target: AnyClass): void {
  Reflect.defineMetadata(MARK, true, target);
}

/** True for exactly the class that was marked. */
export function isMarked(target: AnyClass): boolean {
  return Reflect.hasOwnMetadata(MARK, target);
}

/** Kept on the class by the method's name: decorators that replace the method's function lose nothing. */
export function addMethodHandler(target: AnyClass, handler: MethodHandler): void {
  Reflect.defineMetadata(METHODS, [...methodHandlers(target), handler], target);
}

/** The method handlers of exactly this class: a subclass does not inherit its parent's types. */
export function methodHandlers(target: AnyClass): readonly MethodHandler[] {
  return (Reflect.getOwnMetadata(METHODS, target) ?? []) as readonly MethodHandler[];
}

export function addSchedule(target: AnyClass, schedule: ScheduleDeclaration): void {
  Reflect.defineMetadata(SCHEDULES, [...scheduleDeclarations(target), schedule], target);
}

/** The schedules of exactly this class and its methods. */
export function scheduleDeclarations(target: AnyClass): readonly ScheduleDeclaration[] {
  return (Reflect.getOwnMetadata(SCHEDULES, target) ?? []) as readonly ScheduleDeclaration[];
}

export function addEventListener(target: AnyClass, listener: EventListener): void {
  const own = (Reflect.getOwnMetadata(LISTENERS, target) ?? []) as readonly EventListener[];
  Reflect.defineMetadata(LISTENERS, [...own, listener], target);
}

/** The listeners of the class and its parents: unlike a type, an event may be heard twice. */
export function eventListeners(target: AnyClass): readonly EventListener[] {
  const listeners: EventListener[] = [];
  for (let each: unknown = target; typeof each === 'function'; each = Object.getPrototypeOf(each)) {
    listeners.push(...((Reflect.getOwnMetadata(LISTENERS, each) ?? []) as readonly EventListener[]));
  }
  return listeners;
}

/** Tells Nest's pipes which argument of the method is the payload. */
export function describeParameters(target: AnyClass, method: string): void {
  Reflect.defineMetadata(PARAMETERS, PAYLOAD_PARAMETERS, target, method);
}
