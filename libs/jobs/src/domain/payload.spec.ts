import * as fc from 'fast-check';
import { InvalidPayloadError, PayloadTooLargeError } from './errors/errors.js';
import { serialisePayload } from './payload.js';

const refused = (payload: unknown): InvalidPayloadError => {
  try {
    serialisePayload('mail', payload);
  } catch (error) {
    return error as InvalidPayloadError;
  }
  throw new Error('The payload was taken');
};

describe('serialisePayload', () => {
  it('writes whatever JSON carries, so that it reads back the same', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (payload) => {
        const text = serialisePayload('mail', payload);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(payload)));
      }),
    );
  });

  it('writes no payload as null, and leaves out undefined properties', () => {
    expect(serialisePayload('mail', undefined)).toBe('null');
    expect(serialisePayload('mail', { a: undefined, b: 1 })).toBe('{"b":1}');
  });

  it('writes dates and whatever has a toJSON', () => {
    expect(serialisePayload('mail', { at: new Date(0) })).toBe('{"at":"1970-01-01T00:00:00.000Z"}');
    expect(serialisePayload('mail', { ids: Object.assign(new Map(), { toJSON: () => [1] }) })).toBe('{"ids":[1]}');
  });

  const cycle: Record<string, unknown> = { name: 'x' };
  cycle.self = { deep: cycle };
  it.each<[string, unknown, string, string]>([
    ['a function', { a: { b: () => 1 } }, 'a.b', 'JSON cannot carry a function'],
    ['a function itself', () => 1, '', 'JSON cannot carry a function'],
    ['a symbol', { list: [1, Symbol('s')] }, 'list.1', 'JSON cannot carry a symbol'],
    ['a BigInt', { amount: 5n }, 'amount', 'JSON cannot carry a bigint'],
    ['NaN', { amount: Number.NaN }, 'amount', 'JSON cannot carry NaN'],
    ['infinity', [[Infinity]], '0.0', 'JSON cannot carry Infinity'],
    ['a Map', { a: 1, map: new Map() }, 'map', 'JSON cannot carry a Map'],
    ['a Set', new Set([1]), '', 'JSON cannot carry a Set'],
    ['a cycle', { root: cycle }, 'root.self.deep', 'JSON cannot carry it: Converting circular structure to JSON'],
  ])('refuses %s, saying where', (_name, payload, path, message) => {
    const error = refused(payload);
    expect(error).toBeInstanceOf(InvalidPayloadError);
    expect(error.issues).toEqual([{ path, message }]);
    expect(error.message).toContain("job type 'mail'");
  });

  it('refuses what throws while it is written', () => {
    const error = refused({
      a: {
        toJSON() {
          throw new Error('not ready');
        },
      },
    });
    expect(error).toBeInstanceOf(InvalidPayloadError);
    expect(error.message).toContain('not ready');
  });

  it('refuses what has no JSON of its own', () => {
    expect(refused({ toJSON: () => undefined }).issues).toEqual([
      { path: '', message: 'JSON cannot carry it: its toJSON() answers nothing' },
    ]);
  });

  it('refuses what is nested too deeply', () => {
    let payload: unknown = [];
    for (let depth = 0; depth < 100_000; depth++) {
      payload = [payload];
    }
    const error = refused(payload);
    expect(error).toBeInstanceOf(InvalidPayloadError);
    expect(error.message.length).toBeLessThan(600);
  });

  it('does not mind an object that comes twice', () => {
    const twice = { a: 1 };
    expect(serialisePayload('mail', [twice, twice])).toBe('[{"a":1},{"a":1}]');
  });

  it('refuses more bytes than allowed, counted in UTF-8', () => {
    expect(serialisePayload('mail', 'ž'.repeat(9), 20)).toHaveLength(11);
    expect(() => serialisePayload('mail', 'ž'.repeat(10), 20)).toThrow(PayloadTooLargeError);
    expect(() => serialisePayload('mail', 'ž'.repeat(10), 20)).toThrow('has 22 bytes, more than the 20 allowed');
  });
});
