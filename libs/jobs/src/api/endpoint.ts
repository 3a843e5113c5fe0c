import {
  applyDecorators,
  Controller,
  HttpCode,
  type Type,
  UseFilters,
  UseGuards,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import { ApiBearerAuth, ApiExtraModels, ApiOperation, ApiResponse, ApiTags, getSchemaPath } from '@nestjs/swagger';
import { defined } from '../domain/options/defined.js';
import { AccessGuard } from './access/access.guard.js';
import { type ApiRole, Needs } from './access/role.js';
import { ApiErrorFilter } from './answers/api-error.filter.js';
import { ErrorView } from './answers/error-view.js';

/**
 * A controller of the API: guarded, with our own answers to errors, and the same in every version of the application.
 *
 * @param path below the path of the API
 */
export function Endpoints(path: string, tag: string): ClassDecorator {
  return applyDecorators(
    Controller({ path, version: VERSION_NEUTRAL }),
    UseGuards(AccessGuard),
    UseFilters(ApiErrorFilter),
    ApiTags(tag),
    ApiBearerAuth(),
    ApiExtraModels(ErrorView),
    ...ALWAYS.map(answerOf),
  );
}

/** What an endpoint says of itself. */
export interface EndpointOptions {
  /** Unique in the API; the name of a client's method. */
  readonly id: string;
  readonly needs: ApiRole;
  readonly summary: string;
  /** Beside the summary. */
  readonly description?: string;
  /** What it answers; nothing unless told. */
  readonly answers?: Type | 'object' | 'event-stream';
  /** Default: 200, or 204 where it answers nothing. */
  readonly status?: number;
  /** A second status with the same answer, and when. */
  readonly orElse?: { readonly status: number; readonly when: string };
  /** Statuses it may fail with, beside those that each may. */
  readonly fails?: readonly (400 | 404 | 409 | 413)[];
}

/** Describes an endpoint, and says which role it needs. */
export function Endpoint(options: EndpointOptions): MethodDecorator {
  const { id, needs, summary, description, answers, fails = [], orElse } = options;
  const status = options.status ?? (answers === undefined ? 204 : 200);
  const type = typeof answers === 'string' ? BY_NAME[answers] : defined({ type: answers });
  return applyDecorators(
    Needs(needs),
    HttpCode(status),
    ApiOperation({
      operationId: id,
      summary,
      description: `${description === undefined ? '' : `${description} `}Needs the role \`${needs}\`.`,
    }),
    ApiResponse({ status, description: answers === undefined ? 'Done' : summary, ...type }),
    ...(orElse === undefined ? [] : [ApiResponse({ status: orElse.status, description: orElse.when, ...type })]),
    ...fails.map(answerOf),
  );
}

/** What no class of ours describes: an object that says itself what it is, and a text that goes on. */
const BY_NAME = {
  object: { schema: { type: 'object', additionalProperties: true } },
  'event-stream': { content: { 'text/event-stream': { schema: { type: 'string' } } } },
} as const;

const FAILURES: Readonly<Record<number, string>> = {
  400: 'Some of the input is wrong: every such field is named',
  401: 'No token, or one that is not known',
  403: 'The caller has not the role that is needed',
  404: 'There is none',
  409: 'How things stand does not allow it: the answer says how they stand',
  413: 'Too large',
  429: 'Too many requests: the header Retry-After says when to come again',
  500: 'A fault of the server, which tells no more here',
  503: 'The store is away or has no room: the header Retry-After says when to come again',
};

const ALWAYS = [401, 403, 429, 500, 503];

function answerOf(status: number): MethodDecorator & ClassDecorator {
  return ApiResponse({
    status,
    description: FAILURES[status] as string, // each status that is used has one
    schema: { $ref: getSchemaPath(ErrorView) },
  });
}
