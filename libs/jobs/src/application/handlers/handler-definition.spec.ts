import { DEFAULT_RETRY } from '../../domain/retry-policy.js';
import type { HandlerOptions } from './handler.js';
import { defineHandler } from './handler-definition.js';
import type { HandlerDefinition } from './handler-registry.js';
import { PayloadValidator } from '../ports/payload-validator.js';
import { DEFAULT_SCHEDULES, DEFAULT_SUBMITS, type EngineSettings, type JobDefaults } from '../settings.js';

class Echo extends PayloadValidator {
  override compile(jobType: string): (payload: unknown) => unknown {
    return (payload) => `${jobType} ${String(payload)}`;
  }
}

function define(options: HandlerOptions = {}, module: JobDefaults = {}, queue?: JobDefaults): HandlerDefinition {
  const settings: EngineSettings = {
    defaults: module,
    queues: new Map(queue === undefined ? [] : [['q', { defaults: queue, blockTimeout: 0 }]]),
    maxPayloadSize: 1,
    lease: 1,
    heartbeat: 1,
    workers: [],
    shutdownDeadline: 1,
    submits: DEFAULT_SUBMITS,
    deadLetterWarning: 1,
    middleware: [outer],
    schedules: DEFAULT_SCHEDULES,
  };
  return defineHandler('SendEmail', { type: 'email', options }, () => 'ran', settings, new Echo());
}

const outer = (_job: unknown, next: () => Promise<unknown>): Promise<unknown> => next();
const inner = (_job: unknown, next: () => Promise<unknown>): Promise<unknown> => next();

describe('defineHandler', () => {
  it('has a default for everything', () => {
    const definition = define();
    expect(definition).toMatchObject({
      type: 'email',
      queue: 'default',
      name: 'SendEmail',
      priority: 0,
      timeout: 300_000,
      retry: DEFAULT_RETRY,
      maxCrashes: 3,
      middleware: [outer],
    });
    for (const absent of ['retain', 'expiresIn', 'concurrency', 'validate']) {
      expect(definition).not.toHaveProperty(absent);
    }
  });

  it('takes the handler over its queue, and that over the module, option by option', () => {
    const module: JobDefaults = {
      queue: 'q',
      priority: 1,
      timeout: 1_000,
      maxCrashes: 1,
      retain: 10,
      expiresIn: 100,
      retry: { attempts: 2, initialDelay: 1, jitter: 0 },
    };
    const queue: JobDefaults = { priority: 2, timeout: 2_000, retain: 20, retry: { attempts: 4, initialDelay: 2 } };
    expect(define({}, module, queue)).toMatchObject({
      queue: 'q',
      priority: 2,
      timeout: 2_000,
      maxCrashes: 1,
      retain: 20,
      expiresIn: 100,
      retry: { attempts: 4, initialDelay: 2, jitter: 0, factor: 2 },
    });
    expect(
      define({ priority: 'high', timeout: '3s', retain: 0, maxCrashes: 0, retry: { attempts: 9 } }, module, queue),
    ).toMatchObject({
      priority: 100,
      timeout: 3_000,
      retain: 0,
      maxCrashes: 0,
      retry: { attempts: 9, initialDelay: 2, jitter: 0 },
    });
  });

  it('puts the middleware of the module around its own, and validates what it declares', () => {
    const definition = define({ middleware: [inner], concurrency: 2, payload: class {} });
    expect(definition.middleware).toEqual([outer, inner]);
    expect(definition.concurrency).toBe(2);
    expect(definition.validate?.('x')).toBe('email x');
  });

  it.each<[string, HandlerOptions]>([
    ['SendEmail.timout', { timout: 1 } as HandlerOptions],
    ['SendEmail.queue', { queue: '' }],
    ['SendEmail.timeout', { timeout: 0 }],
    ['SendEmail.expiresIn', { expiresIn: 0 }],
    ['SendEmail.timeout', { timeout: 'long' as never }],
    ['SendEmail.priority', { priority: 'top' as never }],
    ['SendEmail.concurrency', { concurrency: 0 }],
    ['SendEmail.concurrency', { concurrency: 1.5 }],
    ['SendEmail.maxCrashes', { maxCrashes: -1 }],
    ['SendEmail.retain', { retain: -1 }],
    ['SendEmail.expiresIn', { expiresIn: 'never' as never }],
    ['SendEmail.retry.attempts', { retry: { attempts: 0 } }],
    ['SendEmail.retry.backof', { retry: { backof: 'none' } as never }],
    ['SendEmail.retry.retryOn', { retry: { retryOn: 5 as never } }],
  ])('names the handler and the option: %s', (option, options) => {
    expect(() => define(options)).toThrow(expect.objectContaining({ code: 'invalid-option', option }) as Error);
  });
});
