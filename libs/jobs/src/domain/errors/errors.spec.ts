import * as errors from './errors.js';
import { IllegalStateError, InvalidConfigurationError, InvalidOptionError, JobsError, show } from './errors.js';

describe('errors', () => {
  it('have stable codes in kebab case, each its own, and their class as name', () => {
    const made: JobsError[] = [
      new InvalidOptionError('worker.size', -1, 'a positive integer'),
      new InvalidConfigurationError(['one', 'two']),
      new errors.InvalidPayloadError('mail', [{ path: 'to', message: 'is missing' }]),
      new errors.InvalidScheduleError('timezone', 'Mars', 'is no time zone'),
      new errors.PayloadTooLargeError('mail', 5, 4),
      new errors.UnknownJobTypeError('mail'),
      new errors.DuplicateHandlerError('mail', ['A', 'B']),
      new errors.JobNotFoundError('1'),
      new IllegalStateError('1', 'promote', 'running', ['scheduled', 'retrying']),
      new errors.QueueFullError('mail', 10, 0),
      new errors.TooManyScheduledError('mail', 10),
      new errors.ResultTimeoutError('1', 5),
      new errors.JobFailedError('1', 'timeout', 'too long'),
      new errors.JobCancelledError('1'),
      new errors.JobTimeoutError('1', 5),
      new errors.ShutdownError(),
      new errors.LostLeaseError('1'),
      new errors.UnrecoverableError('x'),
      new errors.RetryLaterError('5m'),
      new errors.StoreUnavailableError('x'),
      new errors.StoreFullError('x'),
      new errors.UnsuitableStoreError('x'),
      new errors.UsageError('x'),
    ];
    expect(new Set(made.map(({ code }) => code)).size).toBe(made.length);
    for (const error of made) {
      expect(error).toBeInstanceOf(JobsError);
      expect(error.code).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(error.name).toBe(error.constructor.name);
      expect(error.message).not.toBe('');
    }
    const exported = Object.values(errors).filter((value) => value !== show && value !== JobsError);
    expect(exported).toHaveLength(made.length);
  });

  it('say what was wrong, which value, and what to do', () => {
    expect(new InvalidOptionError('worker.size', -1, 'a positive integer').message).toBe(
      'worker.size: -1 is not allowed; use a positive integer',
    );
    expect(new InvalidConfigurationError(['one', 'two']).message).toContain('  - one\n  - two');
    expect(new IllegalStateError('7', 'promote', 'running', ['scheduled', 'retrying']).message).toBe(
      'Job "7" is running: promote works on scheduled, retrying jobs only',
    );
    expect(new errors.JobNotFoundError('7', 'mail').message).toContain("in queue 'mail'");
    expect(new errors.QueueFullError('mail', 10, 500).message).toContain('for 500 ms');
    expect(new errors.TooManyScheduledError('mail', 10).message).toMatch(/'mail'.* 10 scheduled jobs; .*maxScheduled/);
  });

  it('keep their cause', () => {
    const cause = new Error('x');
    expect(new errors.StoreUnavailableError('y', { cause }).cause).toBe(cause);
  });
});

describe('show', () => {
  it.each<[unknown, string]>([
    ['a', '"a"'],
    [1, '1'],
    [null, 'null'],
    [undefined, 'undefined'],
    [[1, 'b'], '[1,"b"]'],
    [{ toJSON: () => undefined }, '[object]'],
    [{ big: 1n }, '[object]'],
    [Symbol('s'), 'Symbol(s)'],
  ])('writes %p as %s', (value, text) => {
    expect(show(value)).toBe(text);
  });

  it('cuts what is long', () => {
    expect(show('x'.repeat(500))).toBe(`"${'x'.repeat(119)}… (500 characters)`);
  });
});
