import type { ScheduleDecoratorOptions } from '../../application/scheduling/schedule-options.js';
import { UsageError } from '../../domain/errors/errors.js';
import { addSchedule, type AnyClass, describeParameters } from './handler-metadata.js';

/**
 * Submits a job of the handler again and again: on a class decorated with `@JobHandler('type')`, on such a method, or on any
 * other method of a provider, which then handles a type of its own, `<Class>.<method>`. Several may be stacked, each but
 * one with an `id`.
 *
 * ```ts
 * @JobHandler('cleanup')
 * @Schedule('0 3 * * *', { timezone: 'Europe/Berlin' })
 * export class CleanUp { … }
 * ```
 *
 * It is kept in the store, and every process that declares it says the same; each occurrence is submitted once, whatever
 * their number. A wrong expression, zone or payload stops the boot.
 *
 * @param expression cron with five or six fields, a macro such as `@daily`, or what a builder (`every('5m')`, `daily(2)`) answers
 */
export function Schedule(expression: string, options: ScheduleDecoratorOptions = {}): ClassDecorator & MethodDecorator {
  return (target: object, method?: string | symbol): void => {
    if (method === undefined) {
      addSchedule(target as AnyClass, { expression, options });
      return;
    }
    if (typeof target === 'function' || typeof method === 'symbol') {
      throw new UsageError(
        `${String(method)}: @Schedule('${expression}') works on methods of a provider's instance that have a name`,
      );
    }
    const host = target.constructor as AnyClass;
    addSchedule(host, { expression, options, method });
    describeParameters(host, method);
  };
}
