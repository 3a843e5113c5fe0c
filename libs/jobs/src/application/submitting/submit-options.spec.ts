import { buildSpec, parseDue, parseTime, type SubmitOptions, type TypeDefaults } from './submit-options.js';

const TYPE: TypeDefaults = { type: 'email', queue: 'mail', priority: 5, maxAttempts: 3, maxCrashes: 2 };
const build = (options?: SubmitOptions, of: Partial<TypeDefaults> = {}) =>
  buildSpec(() => 'new-id', { ...TYPE, ...of }, '{}', options);

describe('submit options', () => {
  it('leave everything to the defaults of the type', () => {
    const expected = {
      id: 'new-id',
      type: 'email',
      payload: '{}',
      priority: 5,
      maxAttempts: 3,
      maxCrashes: 2,
      settings: {},
      retain: 7,
      expiresIn: 9,
    };
    expect(build(undefined, { retain: 7, expiresIn: 9 })).toEqual(expected);
    expect(build({}, { retain: 7, expiresIn: 9 })).toEqual(expected);
    expect(build({}).retain).toBeUndefined();
  });

  it('win over the defaults of the type', () => {
    expect(
      build(
        {
          id: 'mine',
          priority: 'urgent',
          delay: '1m',
          retry: { attempts: 1, backoff: 'fixed' },
          timeout: '2s',
          expiresIn: '1h',
          maxCrashes: 0,
          metadata: { a: [1, { b: null }] },
          tags: ['x', 'x', 'y'],
          retain: 0,
        },
        { retain: 7, expiresIn: 9 },
      ),
    ).toEqual({
      id: 'mine',
      type: 'email',
      payload: '{}',
      priority: 200,
      maxAttempts: 1,
      maxCrashes: 0,
      due: { delay: 60_000 },
      retain: 0,
      expiresIn: 3_600_000,
      settings: {
        timeout: 2_000,
        retry: { attempts: 1, backoff: 'fixed' },
        metadata: { a: [1, { b: null }] },
        tags: ['x', 'y'],
      },
    });
    expect(build({ retry: { backoff: 'none' } }).maxAttempts).toBe(3);
    expect(build({ tags: [] }).settings).toEqual({});
  });

  it.each<[string, unknown, string]>([
    ['an unknown option', { prio: 1 }, 'prio'],
    ['an option of every object', { toString: 1 }, 'toString'],
    ['no object', 'fast', 'options'],
    ['an empty id', { id: '' }, 'id'],
    ['an id with a line break', { id: 'a\nb' }, 'id'],
    ['an unknown priority', { priority: 'top' }, 'priority'],
    ['half a priority', { priority: 1.5 }, 'priority'],
    ['a negative delay', { delay: -1 }, 'delay'],
    ['an unreadable delay', { delay: 'soon' }, 'delay'],
    ['an infinite delay', { delay: Infinity }, 'delay'],
    ['two times to run at', { delay: 1, runAt: 1 }, 'delay'],
    ['no time', { runAt: new Date('never') }, 'runAt'],
    ['an unreadable time', { runAt: 'tomorrow' }, 'runAt'],
    ['a time too far', { runAt: 9e15 }, 'runAt'],
    ['no timeout at all', { timeout: 0 }, 'timeout'],
    ['an expiry at once', { expiresIn: 0 }, 'expiresIn'],
    ['an unreadable expiry', { expiresIn: '5 parsecs' }, 'expiresIn'],
    ['a negative retention', { retain: -1 }, 'retain'],
    ['half a crash', { maxCrashes: 0.5 }, 'maxCrashes'],
    ['no attempts', { retry: { attempts: 0 } }, 'retry.attempts'],
    ['an unknown backoff', { retry: { backoff: 'fibonacci' } }, 'retry.backoff'],
    ['a backoff function', { retry: { backoff: () => 1 } }, 'retry.backoff'],
    ['an error class, which cannot travel', { retry: { retryOn: ['network', TypeError] } }, 'retry.retryOn'],
    ['a predicate, which cannot travel', { retry: { giveUpOn: () => true } }, 'retry.giveUpOn'],
    ['an unknown option of retry', { retry: { tries: 3 } }, 'retry.tries'],
    ['a number of retries', { retry: 5 }, 'retry'],
    ['no retry', { retry: null }, 'retry'],
    ['metadata that is a list', { metadata: [1] }, 'metadata'],
    ['metadata that JSON cannot carry', { metadata: { a: 1n } }, 'metadata'],
    ['metadata that JSON would lose', { metadata: { a: () => 1 } }, 'metadata'],
    ['too much metadata', { metadata: { a: 'x'.repeat(17_000) } }, 'metadata'],
    ['too many tags', { tags: Array.from({ length: 21 }, String) }, 'tags'],
    ['an empty tag', { tags: [''] }, 'tags'],
    ['a tag that is no word', { tags: [1] }, 'tags'],
  ])('refuse %s, naming the option', (_what, options, option) => {
    expect(() => build(options as SubmitOptions)).toThrow(
      expect.objectContaining({ code: 'invalid-option', option }) as Error,
    );
  });

  it('say of an unknown one which it is, what it was told and what there is', () => {
    expect(() => build({ prio: 1 } as SubmitOptions)).toThrow(
      /^prio: 1 is an unknown option; allowed here: id, queue, priority, /,
    );
    expect(build({ prio: undefined } as SubmitOptions).priority).toBe(5);
  });

  it('take the codes, names and presets of errors to retry or to give up on', () => {
    const retry = { retryOn: ['network', 'busy'], giveUpOn: 'TypeError' };
    expect(build({ retry }).settings.retry).toEqual(retry);
  });

  it('read a due time from a delay or a time', () => {
    expect(parseDue('5m', undefined)).toEqual({ delay: 300_000 });
    expect(parseDue(0, undefined)).toBeUndefined();
    expect(parseDue(undefined, undefined)).toBeUndefined();
    expect(parseDue(undefined, '2026-01-02T03:04:05Z')).toEqual({ at: Date.UTC(2026, 0, 2, 3, 4, 5) });
    expect(parseTime(new Date(12), 'from')).toBe(12);
    expect(parseTime(12.4, 'from')).toBe(12);
  });
});
