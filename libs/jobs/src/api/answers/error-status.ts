import {
  IllegalStateError,
  InvalidOptionError,
  InvalidPayloadError,
  type JobsError,
  UnknownJobTypeError,
} from '../../domain/errors.js';
import type { FieldProblem } from './api-errors.js';

/** The status that an error of the package is answered with, by its code; any other is a fault of the server. */
const STATUS_BY_CODE: Readonly<Record<string, number>> = {
  'invalid-option': 400,
  'invalid-payload': 400,
  'unknown-job-type': 400,
  'job-not-found': 404,
  'queue-not-found': 404,
  'worker-not-found': 404,
  'illegal-state': 409,
  'payload-too-large': 413,
  'queue-full': 503,
  'too-many-scheduled': 503,
  'store-unavailable': 503,
  'store-full': 503,
  usage: 503,
};

/** Seconds after which a client may try again, by the status. */
const RETRY_AFTER: Readonly<Record<number, string>> = { 503: '5' };

/** What an error comes to: status, what its answer says beside code and message, and headers. */
export interface ErrorAnswer {
  readonly status: number;
  readonly more: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
}

export function answerOf(error: JobsError): ErrorAnswer {
  const status = STATUS_BY_CODE[error.code] ?? 500;
  const seconds = RETRY_AFTER[status];
  return { status, more: moreOf(error), headers: seconds === undefined ? {} : { 'Retry-After': seconds } };
}

function moreOf(error: JobsError): Readonly<Record<string, unknown>> {
  if (error instanceof IllegalStateError) {
    return { state: error.state, allowed: error.allowed };
  }
  const fields = fieldsOf(error);
  return fields.length === 0 ? {} : { fields };
}

function fieldsOf(error: JobsError): readonly FieldProblem[] {
  if (error instanceof InvalidOptionError) {
    return [{ field: error.option, message: `must be ${error.allowed}` }];
  }
  if (error instanceof InvalidPayloadError) {
    return error.issues.map(({ path, message }) => ({ field: path === '' ? 'payload' : `payload.${path}`, message }));
  }
  return error instanceof UnknownJobTypeError ? [{ field: 'type', message: error.message }] : [];
}
