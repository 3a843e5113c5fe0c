import { type Span, SpanStatusCode } from '@opentelemetry/api';
import { describeFailure, toError } from '../domain/failure.js';

/**
 * Names of OpenTelemetry's semantic conventions for messaging (1.41; in development there, `error.type` is stable), and
 * those of this engine in the namespace that the conventions leave to a system.
 */
export const ATTRIBUTE = {
  system: 'messaging.system',
  queue: 'messaging.destination.name',
  operationName: 'messaging.operation.name',
  operationType: 'messaging.operation.type',
  id: 'messaging.message.id',
  batchCount: 'messaging.batch.message_count',
  worker: 'messaging.client.id',
  errorType: 'error.type',
  type: 'messaging.nestjs_jobs.type',
  attempt: 'messaging.nestjs_jobs.attempt',
  maxAttempts: 'messaging.nestjs_jobs.max_attempts',
  priority: 'messaging.nestjs_jobs.priority',
  receipt: 'messaging.nestjs_jobs.receipt',
  outcome: 'messaging.nestjs_jobs.outcome',
} as const;

/** What `messaging.system` says. */
export const SYSTEM = 'nestjs_jobs';

/** A span of something that has failed. */
export function markFailed(span: Span, thrown: unknown): void {
  const { code, name, message, stack } = describeFailure(toError(thrown));
  span.recordException({ name, message, ...(stack === undefined ? {} : { stack }) });
  span.setAttribute(ATTRIBUTE.errorType, code === 'error' ? name : code);
  span.setStatus({ code: SpanStatusCode.ERROR, message });
}
