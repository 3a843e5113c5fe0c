import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { UsageError } from '../../domain/errors/errors.js';
import type { ApiRole } from './role.js';

/** What is used of a request, Express's or Fastify's. */
export interface ApiRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly ip?: string;
  /** What an application's guard has found out about the caller. */
  readonly user?: unknown;
}

/** Who asks, and may do what: found out once a request. */
export interface ApiCaller {
  readonly who: string;
  readonly role: ApiRole;
  readonly requestId: string;
  readonly ip?: string;
}

const callers = new WeakMap<object, ApiCaller>();
const requestIds = new WeakMap<object, string>();

/** Remembers who asks, for as long as the request lives. */
export function rememberCaller(request: ApiRequest, caller: ApiCaller): void {
  callers.set(request, caller);
}

/** Injects who asks: {@link ApiCaller}. */
export const Caller = createParamDecorator((_data: unknown, context: ExecutionContext): ApiCaller => {
  const caller = callers.get(context.switchToHttp().getRequest<object>());
  if (caller === undefined) {
    throw new UsageError('An endpoint of the management API was reached past its guard');
  }
  return caller;
});

/** The id that the client gave its request, where it is a plain word, else one of our own. */
export function requestIdOf(request: ApiRequest): string {
  let id = requestIds.get(request);
  if (id === undefined) {
    const given = header(request, 'x-request-id');
    id = given !== undefined && /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID();
    requestIds.set(request, id);
  }
  return id;
}

/** One header; the first where it came twice. */
export function header(request: ApiRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' || value === undefined ? value : value[0];
}
