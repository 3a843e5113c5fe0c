import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Log } from '../../application/ports/log.js';
import { JobsError } from '../../domain/errors/errors.js';
import { type ApiRequest, requestIdOf } from '../access/api-request.js';
import { ApiError } from './api-errors.js';
import { answerOf } from './error-status.js';
import type { ErrorView } from './error-view.js';

interface Answer {
  readonly body: ErrorView;
  readonly headers: Readonly<Record<string, string>>;
}

/** Answers every error of the API in one shape, and tells of its own faults nothing but that there was one. */
@Catch()
export class ApiErrorFilter implements ExceptionFilter {
  constructor(
    private readonly host: HttpAdapterHost,
    private readonly log: Log,
  ) {}

  catch(error: unknown, context: ArgumentsHost): void {
    const http = context.switchToHttp();
    const response = http.getResponse<object>();
    const requestId = requestIdOf(http.getRequest<ApiRequest>());
    const { body, headers } = this.answer(error, requestId);
    const { httpAdapter } = this.host;
    if (httpAdapter.isHeadersSent(response)) {
      httpAdapter.end(response);
      return;
    }
    for (const [name, value] of Object.entries({ ...headers, 'X-Request-Id': requestId })) {
      httpAdapter.setHeader(response, name, value);
    }
    httpAdapter.reply(response, body, body.statusCode);
  }

  private answer(error: unknown, requestId: string): Answer {
    if (error instanceof JobsError) {
      const { status, more, headers } = answerOf(error);
      const { code, message } = error;
      if (status === 500) {
        this.log.error('The management API could not do what it was asked', error, { requestId });
      }
      return { body: { statusCode: status, code, message, requestId, ...more }, headers };
    }
    if (error instanceof HttpException) {
      const { message } = error;
      const statusCode = error.getStatus();
      return error instanceof ApiError
        ? { body: { statusCode, code: error.code, message, requestId, ...error.more }, headers: error.headers }
        : { body: { statusCode, code: CODES[statusCode] ?? 'http', message, requestId }, headers: {} };
    }
    this.log.error('The management API could not do what it was asked', error, { requestId });
    const message = `Something went wrong here; the log says what, under the request's id`;
    return { body: { statusCode: 500, code: 'internal', message, requestId }, headers: {} };
  }
}

/** Codes for what an application's own guards and pipes throw. */
const CODES: Readonly<Record<number, string>> = {
  400: 'invalid-input',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not-found',
  429: 'too-many-requests',
};
