import { ConfigurationConflictError } from '../../domain/errors/configuration-errors.js';
import { UnconfirmedWriteError } from '../../domain/errors/durability-errors.js';
import {
  IllegalStateError,
  InvalidConfigurationError,
  InvalidOptionError,
  InvalidPayloadError,
  InvalidScheduleError,
  type JobsError,
  UnknownJobTypeError,
} from '../../domain/errors/errors.js';
import type { FieldProblem } from './api-errors.js';

/** The status that an error of the package is answered with, by its code; any other is a fault of the server. */
const STATUS_BY_CODE: Readonly<Record<string, number>> = {
  'invalid-configuration': 400,
  'invalid-option': 400,
  'invalid-payload': 400,
  'invalid-schedule': 400,
  'unknown-job-type': 400,
  'job-not-found': 404,
  'queue-not-found': 404,
  'schedule-not-found': 404,
  'unknown-configuration-version': 404,
  'worker-not-found': 404,
  'configuration-conflict': 409,
  'illegal-state': 409,
  'too-many-schedules': 409,
  'payload-too-large': 413,
  'configuration-pending': 503,
  'queue-full': 503,
  'too-many-scheduled': 503,
  'store-unavailable': 503,
  'store-full': 503,
  'unconfirmed-write': 503,
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
  if (error instanceof ConfigurationConflictError) {
    return { version: error.version };
  }
  if (error instanceof UnconfirmedWriteError) {
    return { jobIds: error.jobIds };
  }
  const fields = fieldsOf(error);
  return fields.length === 0 ? {} : { fields };
}

function fieldsOf(error: JobsError): readonly FieldProblem[] {
  if (error instanceof InvalidOptionError) {
    return [{ field: error.option, message: `must be ${error.allowed}` }];
  }
  if (error instanceof InvalidScheduleError) {
    return [{ field: error.option, message: error.reason }];
  }
  if (error instanceof InvalidConfigurationError) {
    return error.problems.map(settingProblem);
  }
  if (error instanceof InvalidPayloadError) {
    return error.issues.map(({ path, message }) => ({ field: path === '' ? 'payload' : `payload.${path}`, message }));
  }
  return error instanceof UnknownJobTypeError ? [{ field: 'type', message: error.message }] : [];
}

/** How a problem of the configuration begins, where it is one of a setting: with its path. */
const SETTING = /^(\w\S*?)(?:: | (?=is an unknown |cannot be changed ))(.+)$/s;

function settingProblem(problem: string): FieldProblem {
  const [, field = '', message = problem] = SETTING.exec(problem) ?? [];
  return { field, message };
}
