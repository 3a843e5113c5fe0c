import {
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import { isSnooze, type JobContext } from '../application/attempts/job-context.js';
import type { MiddlewareObject } from '../application/handlers/handler.js';
import { JobCancelledError, LostLeaseError, ShutdownError } from '../domain/errors/errors.js';
import { ATTRIBUTE, markFailed, SYSTEM } from './span-attributes.js';

/** Milliseconds that an attempt's span stays open for a handler that was told to stop: one that does not return must be seen too. */
const GRACE = 1_000;

/** Makes a consumer span for each attempt, linked to the span of its submit, and active in the handler. */
export class AttemptSpans implements MiddlewareObject {
  constructor(
    private readonly tracer: Tracer,
    /** Attempts are children of their submit's span. */
    private readonly asChildren: boolean,
  ) {}

  use(job: JobContext, next: () => Promise<unknown>): Promise<unknown> {
    // Whatever is active here belongs to someone else: what woke this process, or ended the attempt before.
    const submitted = propagation.extract(ROOT_CONTEXT, job.trace);
    const span = this.begin(job, submitted);
    const end = once((thrown?: { readonly error: unknown }) => finish(span, job, thrown));
    job.signal.addEventListener(
      'abort',
      () => void setTimeout(() => end({ error: job.signal.reason as unknown }), GRACE).unref(),
      { once: true },
    );
    const running = context.with(trace.setSpan(submitted, span), next);
    running.then(
      () => end(),
      (error: unknown) => end({ error }),
    );
    return running;
  }

  private begin(job: JobContext, submitted: Context): Span {
    const creation = trace.getSpanContext(submitted);
    return this.tracer.startSpan(
      `process ${job.queue}`,
      {
        kind: SpanKind.CONSUMER,
        root: !this.asChildren,
        links: creation === undefined ? [] : [{ context: creation }],
        attributes: {
          [ATTRIBUTE.system]: SYSTEM,
          [ATTRIBUTE.operationName]: 'process',
          [ATTRIBUTE.operationType]: 'process',
          [ATTRIBUTE.queue]: job.queue,
          [ATTRIBUTE.id]: job.id,
          [ATTRIBUTE.worker]: job.worker,
          [ATTRIBUTE.type]: job.type,
          [ATTRIBUTE.attempt]: job.attempt,
          [ATTRIBUTE.maxAttempts]: job.maxAttempts,
          [ATTRIBUTE.priority]: job.priority,
        },
      },
      submitted,
    );
  }
}

function finish(span: Span, job: JobContext, thrown: { readonly error: unknown } | undefined): void {
  const outcome = thrown === undefined ? 'returned' : outcomeOf(thrown.error, job.signal);
  span.setAttribute(ATTRIBUTE.outcome, outcome);
  if (thrown !== undefined && outcome === 'threw') {
    markFailed(span, thrown.error);
  }
  span.end();
}

/** What of an attempt's ends is no error of its handler. */
function outcomeOf(error: unknown, { aborted, reason }: AbortSignal): string {
  if (isSnooze(error)) {
    return 'snoozed';
  }
  const cause: unknown = aborted ? reason : error;
  if (cause instanceof JobCancelledError) {
    return 'cancelled';
  }
  if (cause instanceof ShutdownError) {
    return 'released';
  }
  return cause instanceof LostLeaseError ? 'lost-lease' : 'threw';
}

function once<T>(run: (argument?: T) => void): (argument?: T) => void {
  let done = false;
  return (argument) => {
    if (!done) {
      done = true;
      run(argument);
    }
  };
}
