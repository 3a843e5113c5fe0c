import { Logger } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  type Context,
  context,
  type HrTime,
  propagation,
  SpanKind,
  SpanStatusCode,
  trace,
  type TextMapPropagator,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { type JobContext, type JobRef, JobService, JobsModule, type JobsModuleOptions } from 'nestjs-jobs';
import { JobsTracingModule, type JobsTracingOptions } from 'nestjs-jobs/tracing';
import { JobsTestingModule, TestingJobs } from 'nestjs-jobs/testing';
import { waitFor } from '../../../../test/servers/wait-for.js';
import { createMemoryStore } from '../adapters/memory/create-memory-store.js';
import { SystemClock } from '../adapters/system/system-clock.js';
import type { StorePorts } from '../application/ports/store-ports.js';
import { STORE_PORTS } from '../nest/tokens.js';

const IN_TIME = { timeout: '20s' } as const;
const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
const contexts = new AsyncLocalStorageContextManager().enable();
const closing: (() => Promise<void>)[] = [];

/** What an application without a propagator has. */
const NOTHING: TextMapPropagator = { inject: () => {}, extract: (from: Context) => from, fields: () => [] };

function propagateBy(propagator: TextMapPropagator): void {
  propagation.disable();
  propagation.setGlobalPropagator(propagator);
}

beforeAll(() => {
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(contexts);
});

beforeEach(() => {
  propagateBy(new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }));
});

afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
  exporter.reset();
  Logger.overrideLogger(undefined as never);
});

afterAll(async () => {
  trace.disable();
  context.disable();
  propagation.disable();
  await provider.shutdown();
});

interface Process {
  readonly tracing?: JobsTracingOptions | 'none' | 'made later';
  readonly options?: JobsModuleOptions;
  /** Shared by processes that have one store. */
  readonly ports?: StorePorts;
}

/** An application, as one process of many has it. */
async function start({ tracing = {}, options, ports }: Process = {}): Promise<JobService> {
  const builder = Test.createTestingModule({
    imports: [
      JobsModule.forRoot({
        store: 'memory',
        defaults: { retry: { attempts: 2, backoff: 'none' } },
        ...options,
      }),
      ...(tracing === 'none'
        ? []
        : [
            tracing === 'made later'
              ? JobsTracingModule.forRootAsync({ useFactory: async () => ({ parent: true }) })
              : JobsTracingModule.forRoot(tracing),
          ]),
    ],
  }).setLogger({ log: () => {}, warn: () => {}, error: () => {} });
  const module = await (
    ports === undefined ? builder : builder.overrideProvider(STORE_PORTS).useValue(ports)
  ).compile();
  await module.init();
  closing.push(() => module.close());
  return module.get(JobService);
}

/** Does something within a span, as the server's instrumentation does around a request. */
function request<T>(run: () => Promise<T>): Promise<T> {
  return trace.getTracer('http').startActiveSpan('POST /orders', { kind: SpanKind.SERVER }, async (span) => {
    try {
      return await run();
    } finally {
      span.end();
    }
  });
}

async function spans(count: number): Promise<readonly ReadableSpan[]> {
  return waitFor(() => {
    const all = exporter.getFinishedSpans();
    return all.length >= count && all;
  });
}

function called(name: string, all: readonly ReadableSpan[] = exporter.getFinishedSpans()): readonly ReadableSpan[] {
  return all.filter((span) => span.name === name);
}

function one(name: string): ReadableSpan {
  const found = called(name);
  expect(found).toHaveLength(1);
  return found[0] as ReadableSpan; // as was just counted
}

async function done(job: JobRef): Promise<void> {
  await job.result(IN_TIME).catch(() => undefined);
}

function since([seconds, nanoseconds]: HrTime): number {
  return seconds * 1_000 + nanoseconds / 1e6;
}

describe('JobsTracingModule', () => {
  it('goes from the request to the submit, and links each attempt to it', async () => {
    const jobs = await start();
    jobs.register(
      'order.pay',
      async (_payload: unknown, job: JobContext) => {
        await trace.getTracer('app').startActiveSpan('charge', async (span) => span.end());
        if (job.attempt === 1) {
          throw Object.assign(new Error('busy'), { code: 'E_BUSY' });
        }
        return 'paid';
      },
      { queue: 'orders' },
    );
    const job = await request(() => jobs.submit('order.pay', { card: '4111' }, { metadata: { by: 'ada' } }));
    await expect(job.result(IN_TIME)).resolves.toBe('paid');
    await spans(6);

    const [server, publish] = [one('POST /orders'), one('publish orders')];
    expect(publish.kind).toBe(SpanKind.PRODUCER);
    expect(publish.parentSpanContext?.spanId).toBe(server.spanContext().spanId);
    expect(publish.attributes).toEqual({
      'messaging.system': 'nestjs_jobs',
      'messaging.operation.name': 'publish',
      'messaging.operation.type': 'send',
      'messaging.destination.name': 'orders',
      'messaging.message.id': job.id,
      'messaging.nestjs_jobs.type': 'order.pay',
      'messaging.nestjs_jobs.priority': 0,
      'messaging.nestjs_jobs.receipt': 'added',
    });

    const [first, second, ...more] = called('process orders');
    expect(more).toEqual([]);
    for (const attempt of [first, second]) {
      expect(attempt?.kind).toBe(SpanKind.CONSUMER);
      expect(attempt?.links.map(({ context }) => context.spanId)).toEqual([publish.spanContext().spanId]);
      expect(attempt?.links.map(({ context }) => context.traceId)).toEqual([publish.spanContext().traceId]);
      expect(attempt?.parentSpanContext).toBeUndefined();
    }
    expect(first?.attributes).toMatchObject({
      'messaging.operation.type': 'process',
      'messaging.message.id': job.id,
      'messaging.nestjs_jobs.attempt': 1,
      'messaging.nestjs_jobs.max_attempts': 2,
      'messaging.nestjs_jobs.outcome': 'threw',
      'error.type': 'E_BUSY',
    });
    expect(first?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'busy' });
    expect(first?.events).toMatchObject([{ name: 'exception', attributes: { 'exception.message': 'busy' } }]);
    expect(second?.attributes).toMatchObject({
      'messaging.nestjs_jobs.attempt': 2,
      'messaging.nestjs_jobs.outcome': 'returned',
    });
    expect(second?.status.code).toBe(SpanStatusCode.UNSET);
    expect(called('charge').map(({ parentSpanContext }) => parentSpanContext?.spanId)).toEqual(
      [first, second].map((attempt) => attempt?.spanContext().spanId),
    );
    // What travels is no metadata of the user's.
    expect((await job.get())?.metadata).toEqual({ by: 'ada' });
  });

  it('travels between processes as W3C traceparent, on to what a handler submits, with baggage', async () => {
    const ports = createMemoryStore({ clock: new SystemClock() });
    const worker = await start({ ports, tracing: { parent: true } });
    const seen: Readonly<Record<string, string>>[] = [];
    const baggage: (string | undefined)[] = [];
    worker.register('order.pay', async (_payload: unknown, job: JobContext) => {
      seen.push(job.trace);
      baggage.push(propagation.getActiveBaggage()?.getEntry('tenant')?.value);
      await worker.submit('order.ship');
    });
    const shipped = new Promise<void>((resolve) => worker.register('order.ship', () => resolve()));
    const web = await start({ ports, options: { worker: false } });
    const withTenant = (run: () => Promise<JobRef>): Promise<JobRef> =>
      context.with(
        propagation.setBaggage(context.active(), propagation.createBaggage({ tenant: { value: 'acme' } })),
        run,
      );
    await waitFor(async () => (await ports.directory.type('order.pay')) !== undefined);
    await done(await request(() => withTenant(() => web.submit('order.pay'))));
    await shipped;
    await spans(5);

    const [server, publish, ship] = [one('POST /orders'), ...called('publish default')];
    const attempts = called('process default');
    const chain = [server, publish, attempts[0], ship, attempts[1]];
    for (const [place, span] of chain.entries()) {
      expect(span?.spanContext().traceId).toBe(server.spanContext().traceId);
      expect(span?.parentSpanContext?.spanId).toBe(chain[place - 1]?.spanContext().spanId);
    }
    const { traceId, spanId } = publish?.spanContext() ?? {};
    expect(seen).toEqual([{ traceparent: `00-${traceId}-${spanId}-01`, baggage: 'tenant=acme' }]);
    expect(baggage).toEqual(['acme']);
  });

  it('makes one span for many, whose context travels with each, and one for each attempt', async () => {
    const jobs = await start({ tracing: 'made later' });
    jobs.register('count', () => undefined);
    const receipts = await request(() =>
      jobs.submitMany(
        Array.from({ length: 100 }, (_, index) => ({
          type: 'count',
          ...(index % 2 === 0 ? {} : { options: { tags: ['odd'] } }),
        })),
      ),
    );
    expect(receipts.every(({ status }) => status === 'added')).toBe(true);
    await spans(102);
    const publish = one('publish default');
    expect(publish.attributes).toMatchObject({
      'messaging.batch.message_count': 100,
      'messaging.destination.name': 'default',
    });
    expect(publish.parentSpanContext?.spanId).toBe(one('POST /orders').spanContext().spanId);
    const attempts = called('process default');
    expect(attempts).toHaveLength(100);
    const parents = new Set(attempts.map(({ parentSpanContext }) => parentSpanContext?.spanId));
    expect([...parents]).toEqual([publish.spanContext().spanId]);
  });

  it('does not take what happens to be active when an attempt begins for its parent', async () => {
    const module = await Test.createTestingModule({
      imports: [JobsTestingModule.forRoot(), JobsTracingModule.forRoot({ parent: true })],
    }).compile();
    await module.init();
    closing.push(() => module.close());
    module.get(JobService).register('quick', () => trace.getActiveSpan()?.spanContext().spanId);
    const active = await request(() => TestingJobs.of(module).run('quick', undefined));
    const attempt = one('process default');
    expect(attempt.parentSpanContext).toBeUndefined();
    expect(active).toBe(attempt.spanContext().spanId);
  });

  it('tells failures from what is put off or cancelled, and ends the span of a handler that does not return', async () => {
    const jobs = await start({ options: { defaults: { retry: { attempts: 1 } } } });
    let stuck = (): void => {};
    jobs.register('waits', (_payload: unknown, job: JobContext) => job.snooze('1h'), { queue: 'waits' });
    jobs.register(
      'stops',
      (_payload: unknown, { signal }: JobContext) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
      { queue: 'stops' },
    );
    jobs.register('hangs', () => new Promise<void>((resolve) => (stuck = resolve)), { queue: 'hangs', timeout: 50 });
    await jobs.submit('waits');
    const stops = await jobs.submit('stops');
    await waitFor(async () => (await stops.get())?.state === 'running');
    await jobs.cancel(stops);
    await done(await jobs.submit('hangs'));
    await spans(6);
    stuck();
    expect(one('process waits')).toMatchObject({
      status: { code: SpanStatusCode.UNSET },
      attributes: { 'messaging.nestjs_jobs.outcome': 'snoozed' },
    });
    expect(one('process stops')).toMatchObject({
      status: { code: SpanStatusCode.UNSET },
      attributes: { 'messaging.nestjs_jobs.outcome': 'cancelled' },
    });
    const hangs = one('process hangs');
    expect(hangs).toMatchObject({ status: { code: SpanStatusCode.ERROR }, attributes: { 'error.type': 'timeout' } });
    expect(since(hangs.duration)).toBeGreaterThanOrEqual(1_000);
  });

  it('says of a submit that it failed', async () => {
    const jobs = await start({ options: { queues: { full: { maxDepth: 1, blockTimeout: '50ms' } }, worker: false } });
    jobs.register('any', () => undefined, { queue: 'full' });
    await jobs.submit('any');
    await expect(jobs.submit('any')).rejects.toMatchObject({ code: 'queue-full' });
    const [, refused] = called('publish full');
    expect(refused).toMatchObject({
      status: { code: SpanStatusCode.ERROR },
      attributes: { 'error.type': 'queue-full' },
    });
  });

  it('bounds what travels: baggage that is too long stays behind', async () => {
    const jobs = await start();
    const seen: Readonly<Record<string, string>>[] = [];
    jobs.register('look', (_payload: unknown, job: JobContext) => void seen.push(job.trace));
    const baggage = propagation.createBaggage({ long: { value: 'x'.repeat(4_050) } });
    await done(await context.with(propagation.setBaggage(context.active(), baggage), () => jobs.submit('look')));
    expect(Object.keys(seen[0] ?? {})).toEqual(['traceparent']);
  });

  it('has nothing travel, and links to nothing, where the application has set up no propagator', async () => {
    propagateBy(NOTHING);
    const jobs = await start();
    const seen: unknown[] = [];
    jobs.register('look', (_payload: unknown, job: JobContext) => void seen.push(job.trace));
    await done(await jobs.submit('look'));
    await spans(2);
    expect(seen).toEqual([{}]);
    expect(one('process default').links).toEqual([]);
  });

  it.each<[string, Process['tracing']]>([
    ['not imported', 'none'],
    ['switched off', { enabled: false }],
  ])('makes no spans when %s', async (_what, tracing) => {
    const jobs = await start({ tracing });
    const seen: unknown[] = [];
    jobs.register('look', (_payload: unknown, job: JobContext) => void seen.push(job.trace));
    await done(await request(() => jobs.submit('look')));
    await request(() => jobs.submitMany([{ type: 'look' }]));
    await waitFor(() => seen.length === 2);
    expect(seen).toEqual([{}, {}]);
    expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual(['POST /orders', 'POST /orders']);
  });

  it('is imported once', async () => {
    const module = await Test.createTestingModule({
      imports: [JobsTestingModule.forRoot(), JobsTracingModule.forRoot(), JobsTracingModule.forRoot({ parent: true })],
    }).compile();
    await expect(module.init()).rejects.toMatchObject({ code: 'usage' });
  });

  it.each<[string, JobsTracingOptions]>([
    ['parents', { parents: true } as JobsTracingOptions],
    ['parent', { parent: 'yes' as never }],
    ['tracerProvider', { tracerProvider: {} as never }],
  ])('refuses a wrong option: %s', async (option, tracing) => {
    await expect(start({ tracing })).rejects.toMatchObject({ code: 'invalid-option', option });
  });
});
