import { HttpException } from '@nestjs/common';
import type { ApiRole } from '../access/role.js';

/** One field of the input that is wrong. */
export interface FieldProblem {
  /** Its path, such as `page_size` or `options.delay`. */
  readonly field: string;
  readonly message: string;
}

/** An error of the API itself: a status, a stable code, and what else its answer says. */
export abstract class ApiError extends HttpException {
  constructor(
    status: number,
    readonly code: string,
    message: string,
    /** Beside status, code and message. */
    readonly more: Readonly<Record<string, unknown>> = {},
    /** Headers of the answer. */
    readonly headers: Readonly<Record<string, string>> = {},
    options?: ErrorOptions,
  ) {
    super(message, status, options);
  }
}

/** Some of the input is wrong; every such field is named. */
export class InvalidInputError extends ApiError {
  constructor(fields: readonly FieldProblem[]) {
    const all = fields.map(({ field, message }) => (field === '' ? message : `${field}: ${message}`)).join('; ');
    super(400, 'invalid-input', `The input is invalid: ${all}`, { fields });
  }
}

/** Nobody that is known. */
export class UnauthenticatedError extends ApiError {
  constructor(hasToken: boolean) {
    super(
      401,
      'unauthenticated',
      hasToken
        ? 'The token is not known; check the header Authorization: Bearer <token>'
        : 'A token is needed, in the header Authorization: Bearer <token>',
      {},
      { 'WWW-Authenticate': `Bearer realm="nestjs-jobs"${hasToken ? ', error="invalid_token"' : ''}` },
    );
  }
}

/** Somebody who is known and may not do this. */
export class ForbiddenError extends ApiError {
  constructor({ who, role }: { readonly who: string; readonly role?: ApiRole }, needs: ApiRole | undefined) {
    const has = role === undefined ? 'has no role' : `has the role '${role}'`;
    super(403, 'forbidden', `'${who}' ${has}; this needs '${needs ?? 'nobody has it'}'`, { needs, role });
  }
}

/** A type that is not for submitting: whoever may submit jobs could change others by it. */
export class OwnTypeError extends ApiError {
  constructor(type: string) {
    super(403, 'forbidden', `Jobs of type '${type}' are made by the bulk endpoints alone, which need 'operate'`);
  }
}

/** More than the caller may ask in a while. */
export class TooManyRequestsError extends ApiError {
  constructor(limit: number, window: number, seconds: number) {
    super(
      429,
      'too-many-requests',
      `More than ${limit} requests in ${window / 1_000} s; come again in ${seconds} s`,
      {},
      { 'Retry-After': String(seconds) },
    );
  }
}

/** As many streams of live events are open in this process as may be. */
export class TooManyStreamsError extends ApiError {
  constructor(limit: number) {
    super(
      503,
      'too-many-streams',
      `${limit} streams of live events are open in this process, as many as may be; close one, or raise maxStreams`,
      {},
      { 'Retry-After': '5' },
    );
  }
}

/** The request carries more than a job may. */
export class InputTooLargeError extends ApiError {
  constructor(bytes: number, limit: number) {
    super(
      413,
      'input-too-large',
      `The request has ${bytes} bytes, more than the ${limit} allowed; submit a reference to the data, or raise maxPayloadSize`,
    );
  }
}

/** The audit trail could not be written, so nothing was changed. */
export class NotAuditedError extends ApiError {
  constructor(cause: unknown) {
    super(
      503,
      'not-audited',
      'Nothing was changed: the change could not be written to the audit trail first; come again later',
      {},
      { 'Retry-After': '5' },
      { cause },
    );
  }
}
