import { runInNewContext } from 'node:vm';
import { type ErrorMatcher, matchesError } from './error-matcher.js';

class PaymentError extends Error {
  readonly code: string = 'E_PAYMENT';
}
class CardError extends PaymentError {
  override readonly name = 'CardDeclined';
}

const withCode = (code: unknown): Error => Object.assign(new Error('x'), { code });

describe('matchesError', () => {
  it.each<[string, Error, ErrorMatcher, boolean]>([
    ['its class', new PaymentError(), PaymentError, true],
    ['a base class', new CardError(), PaymentError, true],
    ['any error', new Error('x'), Error, true],
    ['another class', new Error('x'), PaymentError, false],
    ['its code', new PaymentError(), 'E_PAYMENT', true],
    ['its name', new CardError(), 'CardDeclined', true],
    ['another code', new PaymentError(), 'E_OTHER', false],
    ['a class down the causes', new Error('x', { cause: new Error('y', { cause: new CardError() }) }), CardError, true],
    ['a code down the causes', new Error('x', { cause: new PaymentError() }), 'E_PAYMENT', true],
    ['a predicate that agrees', new Error('x'), (error) => error.message === 'x', true],
    ['a predicate that does not', new Error('x'), () => false, false],
    [
      'a predicate is not asked about causes',
      new Error('x', { cause: new Error('y') }),
      (e) => e.message === 'y',
      false,
    ],
    ['network: a socket code', withCode('ECONNRESET'), 'network', true],
    ['network: an undici code', new TypeError('fetch failed', { cause: withCode('UND_ERR_SOCKET') }), 'network', true],
    ['network: a database code', withCode('40001'), 'network', false],
    ['database: a deadlock', withCode('40P01'), 'database', true],
    ['database: a lost connection', withCode('ECONNREFUSED'), 'database', true],
    ['database: a wrong query', withCode('42P01'), 'database', false],
    ['database: a code that is a number', withCode(40_001), 'database', true],
  ])('%s', (_name, error, matcher, matches) => {
    expect(matchesError(error, matcher)).toBe(matches);
  });

  it('knows codes of errors of another realm, as Node throws them inside a test runner', () => {
    const foreign = runInNewContext("Object.assign(new Error('x'), { code: 'ECONNREFUSED' })") as Error;
    expect(matchesError(foreign, 'network')).toBe(true);
    expect(matchesError(new Error('wrapped', { cause: foreign }), 'network')).toBe(true);
  });

  it('takes a predicate that throws for one that does not match', () => {
    expect(
      matchesError(new Error('x'), () => {
        throw new Error('in the predicate');
      }),
    ).toBe(false);
  });

  it('survives a circle of causes', () => {
    const error = new Error('x');
    error.cause = error;
    expect(matchesError(error, 'E_NONE')).toBe(false);
  });
});
