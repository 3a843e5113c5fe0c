import { type Attributes, context, propagation, type Span, SpanKind, trace, type Tracer } from '@opentelemetry/api';
import { type SubmitEnd, SubmitTracer, type TracedSubmit } from '../application/ports/submit-tracer.js';
import type { JobSpec, TraceHeaders } from '../domain/job.js';
import { ATTRIBUTE, markFailed, SYSTEM } from './span-attributes.js';

/** Characters of headers that travel with a job: baggage beyond is left behind, the trace itself never. */
const MAX_HEADERS = 4_096;

/** Makes a producer span for each submit, whose context travels with the jobs. */
export class SubmitSpans extends SubmitTracer {
  constructor(private readonly tracer: Tracer) {
    super();
  }

  override beginOne(queue: string, { id, type, priority }: JobSpec): TracedSubmit {
    return this.begin(`publish ${queue}`, {
      [ATTRIBUTE.queue]: queue,
      [ATTRIBUTE.id]: id,
      [ATTRIBUTE.type]: type,
      [ATTRIBUTE.priority]: priority,
    });
  }

  override beginMany(count: number): TracedSubmit {
    return this.begin('publish', { [ATTRIBUTE.batchCount]: count });
  }

  private begin(name: string, attributes: Attributes): TracedSubmit {
    const span = this.tracer.startSpan(name, {
      kind: SpanKind.PRODUCER,
      attributes: {
        [ATTRIBUTE.system]: SYSTEM,
        [ATTRIBUTE.operationName]: 'publish',
        [ATTRIBUTE.operationType]: 'send',
        ...attributes,
      },
    });
    return { headers: headersOf(span), ended: (end) => finish(span, end) };
  }
}

/** What the application's propagators make of the span: `traceparent` with those of W3C. */
function headersOf(span: Span): TraceHeaders {
  const headers: Record<string, string> = {};
  propagation.inject(trace.setSpan(context.active(), span), headers);
  if (lengthOf(headers) > MAX_HEADERS) {
    delete headers['baggage'];
  }
  return lengthOf(headers) > MAX_HEADERS ? {} : headers;
}

function lengthOf(headers: TraceHeaders): number {
  return Object.entries(headers).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
}

function finish(span: Span, end: SubmitEnd): void {
  switch (end.kind) {
    case 'one':
      span.setAttribute(ATTRIBUTE.receipt, end.status);
      break;
    case 'many': {
      const [queue, ...others] = end.queues;
      if (queue !== undefined && others.length === 0) {
        span.updateName(`publish ${queue}`).setAttribute(ATTRIBUTE.queue, queue);
      }
      break;
    }
    case 'failed':
      markFailed(span, end.error);
  }
  span.end();
}
