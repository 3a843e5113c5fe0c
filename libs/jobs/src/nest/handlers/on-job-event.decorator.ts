import type { JobEventKind, JobEventOf } from '../../application/ports/job-observer.js';
import { UsageError } from '../../domain/errors/errors.js';
import { addEventListener, type AnyClass } from './handler-metadata.js';

/** Which jobs' events are wanted; what is left out is any. */
export interface JobEventFilter {
  /** Jobs of this type. Default: all types. */
  readonly type?: string;
  /** Jobs of this queue. Default: all queues. */
  readonly queue?: string;
}

/**
 * Calls a provider's method with every event of the kind that happens in this process: on the process that runs the job,
 * or, for `submitted`, the one that submits it. Several may be stacked on a method.
 *
 * A listener may be asynchronous, is not waited for, and what it throws is logged. The provider must be a singleton.
 *
 * ```ts
 * @OnJobEvent('failed', { queue: 'emails' })
 * alert({ id, failure }: JobEventOf<'failed'>) { … }
 * ```
 */
export function OnJobEvent<K extends JobEventKind>(kind: K, filter: JobEventFilter = {}) {
  return <M extends (event: JobEventOf<K>) => unknown>(
    target: object,
    method: string,
    _descriptor: TypedPropertyDescriptor<M>,
  ): void => {
    if (typeof target === 'function') {
      throw new UsageError(
        `${target.name}.${method} is static: @OnJobEvent('${kind}') works on methods of a provider's instance`,
      );
    }
    addEventListener(target.constructor as AnyClass, { method, kind, ...filter });
  };
}
