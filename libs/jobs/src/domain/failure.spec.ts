import * as fc from 'fast-check';
import { runInNewContext } from 'node:vm';
import { causesOf, describeFailure, errorCode, isError, toError } from './failure.js';

describe('toError', () => {
  it('leaves an error as it is', () => {
    const error = new TypeError('x');
    expect(toError(error)).toBe(error);
  });

  it('knows errors of another realm, with their codes', () => {
    const foreign: unknown = runInNewContext("Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })");
    expect(foreign).not.toBeInstanceOf(Error);
    expect(toError(foreign)).toBe(foreign);
    expect(describeFailure(toError(foreign))).toMatchObject({ code: 'ECONNREFUSED', message: 'refused' });
  });

  it('knows the error of an aborted signal', () => {
    const { reason } = AbortSignal.abort() as { reason: unknown };
    expect(toError(reason)).toBe(reason);
    expect(describeFailure(toError(reason)).name).toBe('AbortError');
  });

  it.each([
    ['text', '"text"'],
    [undefined, 'undefined'],
    [null, 'null'],
    [42, '42'],
    [{ a: 1 }, '{"a":1}'],
    [5n, '5'],
    [Symbol('s'), 'Symbol(s)'],
  ])('wraps %p, saying what it was', (thrown, shown) => {
    const error = toError(thrown);
    expect(error).toBeInstanceOf(Error);
    expect(error.message).toBe(`The handler threw ${shown}, which is not an Error`);
    expect(error.cause).toBe(thrown);
    expect(errorCode(error)).toBe('non-error-thrown');
  });

  it('never throws, whatever was thrown', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(toError(proxy)).toBeInstanceOf(Error);
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withNullPrototype: true, withSparseArray: true }), (thrown) => {
        expect(isError(toError(thrown))).toBe(true);
      }),
    );
  });
});

describe('describeFailure', () => {
  it('keeps code, name, message, stack and causes', () => {
    const root = new Error('socket closed');
    const error = Object.assign(new RangeError('no mail', { cause: new Error('smtp', { cause: root }) }), {
      code: 'EMAIL',
    });
    expect(describeFailure(error)).toEqual({
      code: 'EMAIL',
      name: 'RangeError',
      message: 'no mail',
      stack: expect.stringContaining('RangeError: no mail'),
      causes: ['smtp', 'socket closed'],
    });
  });

  it('has the code error where there is none, and a number as text', () => {
    expect(describeFailure(new Error('x'))).toMatchObject({ code: 'error', name: 'Error' });
    expect(describeFailure(Object.assign(new Error('x'), { code: 404 })).code).toBe('404');
    expect(describeFailure(Object.assign(new Error('x'), { code: '' })).code).toBe('error');
    expect(describeFailure(new Error('x'))).not.toHaveProperty('causes');
  });

  it('is bounded', () => {
    let error = new Error('m'.repeat(100_000));
    for (let depth = 0; depth < 100; depth++) {
      error = new Error('m'.repeat(100_000), { cause: error });
    }
    expect(JSON.stringify(describeFailure(error)).length).toBeLessThan(20_000);
  });

  it('does not follow a circle of causes for ever', () => {
    const error = new Error('a');
    error.cause = error;
    expect(describeFailure(error).causes?.length).toBeLessThanOrEqual(5);
    expect(causesOf(error).length).toBeLessThanOrEqual(10);
  });

  it('cuts between characters', () => {
    const { message } = describeFailure(new Error('🚀'.repeat(5_000)));
    expect(message.isWellFormed()).toBe(true);
    expect(message.endsWith('…')).toBe(true);
  });

  it('survives errors whose properties throw or are nonsense', () => {
    const hostile = new Error('x');
    for (const property of ['stack', 'name', 'message', 'cause', 'code']) {
      Object.defineProperty(hostile, property, {
        get: () => {
          throw new Error('no');
        },
      });
    }
    expect(describeFailure(hostile)).toEqual({ code: 'error', name: 'Error', message: '' });
    fc.assert(
      fc.property(fc.anything(), fc.anything(), fc.anything(), (name, message, code) => {
        const failure = describeFailure(Object.assign(new Error('x'), { name, message, code }));
        expect(typeof failure.name).toBe('string');
        expect(typeof failure.message).toBe('string');
        expect(typeof failure.code).toBe('string');
        expect(JSON.parse(JSON.stringify(failure))).toEqual(failure);
      }),
    );
  });
});
