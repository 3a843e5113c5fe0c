import {
  type CanActivate,
  type ExecutionContext,
  ForbiddenException,
  Inject,
  Injectable,
  type Type,
} from '@nestjs/common';
import { HttpAdapterHost, ModuleRef, Reflector } from '@nestjs/core';
import { isObservable, lastValueFrom } from 'rxjs';
import { ForbiddenError, InputTooLargeError, UnauthenticatedError } from '../answers/api-errors.js';
import { API_SETTINGS, type ApiSettings } from '../options/api-settings.js';
import { type ApiCaller, type ApiRequest, header, rememberCaller, requestIdOf } from './api-request.js';
import { RateLimits } from './rate-limits.js';
import { type ApiRole, holds, isRole, NEEDS } from './role.js';
import { bearerToken, findToken } from './token-check.js';

/** What a request may carry beside the payload of a job: its options, and the JSON around them. */
const BESIDE_THE_PAYLOAD = 65_536;

/** Lets a request through that says who it is, may do what it asks, and does not ask too much. */
@Injectable()
export class AccessGuard implements CanActivate {
  private readonly guards = new Map<Type<CanActivate>, Promise<CanActivate>>();

  constructor(
    private readonly limits: RateLimits,
    private readonly reflector: Reflector,
    private readonly modules: ModuleRef,
    private readonly host: HttpAdapterHost,
    @Inject(API_SETTINGS) private readonly settings: ApiSettings,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<ApiRequest>();
    const { httpAdapter } = this.host;
    httpAdapter.setHeader(http.getResponse(), 'X-Request-Id', requestIdOf(request));
    httpAdapter.setHeader(http.getResponse(), 'Cache-Control', 'no-store');
    const caller = await this.identify(context, request);
    const needed = this.reflector.get<ApiRole | undefined>(NEEDS, context.getHandler());
    // An endpoint that forgot to say what it needs is closed to everyone.
    if (needed === undefined || !holds(caller.role, needed)) {
      throw new ForbiddenError(caller, needed);
    }
    await this.limits.count(needed === 'read' ? 'reads' : 'changes', caller.who);
    this.refuseTooLarge(request);
    rememberCaller(request, caller);
    return true;
  }

  /** A token of ours wins; then it is the application's guards that decide. */
  private async identify(context: ExecutionContext, request: ApiRequest): Promise<ApiCaller> {
    const token = bearerToken(header(request, 'authorization'));
    const known = token === undefined ? undefined : findToken(this.settings.tokens, token);
    if (known !== undefined) {
      return this.caller(request, known.name, known.role);
    }
    try {
      if (this.settings.guards.length === 0) {
        throw new UnauthenticatedError(token !== undefined);
      }
      await this.askGuards(context);
    } catch (error) {
      await this.limits.count('denials', request.ip ?? 'unknown');
      throw error;
    }
    const role = this.settings.roleOf === undefined ? 'read' : await this.settings.roleOf(request);
    const who = (await this.settings.whoami?.(request)) ?? nameOf(request.user);
    if (!isRole(role)) {
      throw new ForbiddenError({ who }, 'read');
    }
    return this.caller(request, who, role);
  }

  private async askGuards(context: ExecutionContext): Promise<void> {
    for (const guard of this.settings.guards) {
      const answer = (await this.instanceOf(guard)).canActivate(context);
      if (!(isObservable(answer) ? await lastValueFrom(answer) : await answer)) {
        throw new ForbiddenException('A guard of the application has refused the request');
      }
    }
  }

  /** A guard that the application provides is used as it is; any other is made here. */
  private instanceOf(guard: Type<CanActivate> | CanActivate): CanActivate | Promise<CanActivate> {
    if (typeof guard !== 'function') {
      return guard;
    }
    let made = this.guards.get(guard);
    if (made === undefined) {
      made = this.make(guard);
      this.guards.set(guard, made);
    }
    return made;
  }

  private async make(guard: Type<CanActivate>): Promise<CanActivate> {
    try {
      return this.modules.get(guard, { strict: false });
    } catch {
      return this.modules.create(guard);
    }
  }

  private caller(request: ApiRequest, who: string, role: ApiRole): ApiCaller {
    const ip = this.settings.auditIp ? request.ip : undefined;
    return {
      who: who.slice(0, 128),
      role,
      requestId: requestIdOf(request),
      ...(ip === undefined ? {} : { ip }),
    };
  }

  private refuseTooLarge(request: ApiRequest): void {
    const most = this.settings.maxPayloadSize + BESIDE_THE_PAYLOAD;
    const length = Number(header(request, 'content-length') ?? 0);
    if (length > most) {
      throw new InputTooLargeError(length, most);
    }
  }
}

/** What passport and its like leave on a request. */
function nameOf(user: unknown): string {
  if (typeof user === 'object' && user !== null) {
    for (const key of ['username', 'email', 'name', 'id', 'sub', 'userId'] as const) {
      const value = (user as Readonly<Record<string, unknown>>)[key];
      if ((typeof value === 'string' && value !== '') || typeof value === 'number') {
        return String(value);
      }
    }
  }
  return typeof user === 'string' && user !== '' ? user : 'unknown';
}
