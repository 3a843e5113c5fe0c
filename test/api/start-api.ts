import { Clock } from '../../libs/jobs/src/application/ports/clock.js';
import type { DynamicModule, INestApplication, Provider, Type } from '@nestjs/common';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';
import type { JobRecord } from 'nestjs-jobs';
import { type ApiRole, JobsApiModule, type JobsApiModuleOptions } from 'nestjs-jobs/api';
import { JobsTestingModule, type JobsTestingOptions, TestingJobs, type VirtualClock } from 'nestjs-jobs/testing';
import type { Readable } from 'node:stream';
import request from 'supertest';

/** A token for each role, each longer than the least. */
export const TOKENS: Readonly<Record<ApiRole, string>> = {
  read: 'read-token-0123456789',
  submit: 'submit-token-0123456789',
  operate: 'operate-token-0123456789',
};

/** Who the tokens stand for. */
export const NAMES: Readonly<Record<ApiRole, string>> = { read: 'rita', submit: 'sam', operate: 'olga' };

/** The options that open the API by those tokens. */
export const BY_TOKENS = {
  tokens: (['read', 'submit', 'operate'] as const).map((role) => ({ name: NAMES[role], role, token: TOKENS[role] })),
} satisfies JobsApiModuleOptions;

export interface ApiOptions {
  readonly api?: JobsApiModuleOptions;
  readonly jobs?: JobsTestingOptions;
  readonly providers?: readonly Provider[];
  readonly imports?: readonly (Type | DynamicModule)[];
  /** Runs before the application is initialised. */
  readonly prepare?: (app: INestApplication) => void;
  readonly override?: (builder: TestingModuleBuilder) => TestingModuleBuilder;
}

type Answer = request.Response;

/** An application with the management API, on the memory store and virtual time, and a client of it. */
export class ApiUnderTest {
  private constructor(
    readonly app: INestApplication,
    readonly jobs: TestingJobs,
  ) {}

  static async start(options: ApiOptions = {}): Promise<ApiUnderTest> {
    const builder = Test.createTestingModule({
      imports: [
        JobsTestingModule.forRoot(options.jobs),
        JobsApiModule.forRoot({ ...BY_TOKENS, ...options.api }),
        ...(options.imports ?? []),
      ],
      providers: [...(options.providers ?? [])],
    });
    const module = await (options.override?.(builder) ?? builder).compile();
    const app = module.createNestApplication({ logger: false });
    options.prepare?.(app);
    await app.init();
    return new ApiUnderTest(app, TestingJobs.of(module));
  }

  /** A request by a role; by nobody where that is null. */
  async send(
    method: string,
    path: string,
    body?: unknown,
    role: ApiRole | null = 'operate',
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const agent = request(this.app.getHttpServer() as never);
    const call = agent[method.toLowerCase() as 'get'](path).set(headers);
    if (role !== null) {
      call.set('Authorization', `Bearer ${TOKENS[role]}`);
    }
    return body === undefined ? call : call.send(body as object);
  }

  /** The first that comes of an answer that may be a stream. */
  async glimpse(path: string, role: ApiRole | null): Promise<Answer> {
    const call = request(this.app.getHttpServer() as never).get(path);
    if (role !== null) {
      call.set('Authorization', `Bearer ${TOKENS[role]}`);
    }
    return call.buffer(true).parse((response, done) => {
      const streams = String(response.headers['content-type']).startsWith('text/event-stream');
      (response as unknown as Readable).once('data', (bytes: Buffer) => {
        done(null, streams ? String(bytes) : JSON.parse(String(bytes)));
        (response as unknown as Readable).destroy();
      });
    });
  }

  get(path: string, role: ApiRole | null = 'operate'): Promise<Answer> {
    return this.send('GET', `/jobs-api${path}`, undefined, role);
  }

  post(path: string, body?: unknown, role: ApiRole | null = 'operate'): Promise<Answer> {
    return this.send('POST', `/jobs-api${path}`, body, role);
  }

  /** Submits a job through the API; answers where it is. */
  async submit(type: string, payload: unknown = {}, options: object = {}): Promise<string> {
    const { status, body } = await this.post('/jobs', { type, payload, options });
    if (status !== 201) {
      throw new Error(`Not added: ${JSON.stringify(body)}`);
    }
    const { queue, id } = body as { readonly queue: string; readonly id: string };
    return `/jobs/${encodeURIComponent(queue)}/${encodeURIComponent(id)}`;
  }

  /** The record of a job, by its path in the API. */
  async record(path: string): Promise<JobRecord> {
    const [queue = '', id = ''] = path.split('/').slice(2).map(decodeURIComponent);
    return (await this.jobs.job({ queue, id })) as JobRecord; // tests ask for jobs that are there
  }

  /** Lets virtual time pass without running anything. */
  async pass(milliseconds: number): Promise<void> {
    await this.app.get<VirtualClock>(Clock, { strict: false }).advance(milliseconds);
  }

  close(): Promise<void> {
    return this.app.close();
  }
}
