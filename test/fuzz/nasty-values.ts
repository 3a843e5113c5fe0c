import { inspect } from 'node:util';
import * as fc from 'fast-check';
import { nastyText, PROTOTYPE_NAMES } from './nasty-texts.js';

/** What an object of the caller throws when it is looked at: none of our errors, and none that a fault of ours throws. */
export class OwnTrouble extends Error {}

function trouble(): never {
  throw new OwnTrouble('the input itself throws');
}

/** Every look at it throws. */
const TRAPS: ProxyHandler<object> = Object.fromEntries(
  ['get', 'has', 'ownKeys', 'getOwnPropertyDescriptor', 'getPrototypeOf', 'set', 'apply', 'construct'].map((trap) => [
    trap,
    trouble,
  ]),
);

function nested(depth: number): unknown {
  let value: unknown = 'bottom';
  for (let level = 0; level < depth; level++) {
    value = level % 2 === 0 ? [value] : { in: value };
  }
  return value;
}

/** As deep as no stack is. */
const BOTTOMLESS = nested(20_000);

function cyclic(): object {
  const one: Record<string, unknown> = { name: 'one' };
  one['list'] = [{ back: one }];
  return one;
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

/** An object whose every property of these names throws, and so do those that text is made by. */
function throwing(...names: readonly string[]): object {
  return Object.defineProperties(
    {},
    Object.fromEntries(
      [...names, 'toString', 'valueOf', 'toJSON'].map((name) => [name, { get: trouble, enumerable: true }]),
    ),
  );
}

/** A list of empty places. */
function withLength(length: number): unknown[] {
  const list: unknown[] = [];
  list.length = length;
  return list;
}

/** Makers, as some of these can be used but once. */
const MAKERS: readonly (() => unknown)[] = [
  () => undefined,
  () => null,
  () => true,
  () => Number.NaN,
  () => Infinity,
  () => -Infinity,
  () => -0,
  () => -1,
  () => 0.1,
  () => 1e308,
  () => 5e-324,
  () => 2 ** 53,
  () => Number.MAX_SAFE_INTEGER,
  () => 10n,
  () => 10n ** 400n,
  () => Symbol('s'),
  () => Symbol.iterator,
  () => () => 1,
  () => trouble,
  () => async () => undefined,
  () => class Anything {},
  () => new Date(Number.NaN),
  () => new Date(8.64e15),
  () => new Date(-8.64e15),
  () => cyclic(),
  () => nested(30),
  () => BOTTOMLESS,
  () => throwing('id', 'queue', 'type', 'name', 'length', 'then'),
  () => new Proxy({}, TRAPS),
  () => new Proxy([], TRAPS),
  () => new Proxy(() => 1, TRAPS),
  () => new Proxy([1, 2], {}),
  () => revoked(),
  () => JSON.parse('{"__proto__":{"polluted":"yes"},"constructor":{"prototype":{"polluted":"yes"}}}') as unknown,
  () => JSON.parse('{"a":{"__proto__":{"polluted":"yes"}}}') as unknown,
  () => Object.create(null) as unknown,
  () => Object.create({ inherited: 1, queue: 'inherited' }) as unknown,
  () => ({ toJSON: trouble }),
  () => ({ toJSON: () => undefined }),
  () => ({ toJSON: () => 10n }),
  () => ({ toString: trouble, valueOf: trouble }),
  () => ({ toString: () => ({}), [Symbol.toPrimitive]: () => ({}) }),
  () => withOwnKeys([['then', trouble]]),
  () => ({ length: 2 ** 31 }),
  () => Promise.resolve('later'),
  () => Buffer.from([0, 255, 254]),
  () => new Uint8Array(3),
  () => new ArrayBuffer(3),
  () => new Map([['a', 1]]),
  () => new Set([1]),
  () => new WeakMap(),
  () => /x/g,
  () => new OwnTrouble('a\nb'),
  () => Object(1) as unknown,
  () => Object('text') as unknown,
  () => Object(1n) as unknown,
  () => Object(Symbol('s')) as unknown,
  () => [],
  () => [undefined, , null], // eslint-disable-line no-sparse-arrays
  () => Array.from({ length: 500 }),
  () => withLength(1_000),
  () => Object.assign([1], { extra: 1 }),
  () => ({}),
];

/** Stands in an input for what is made when it is tried: fast-check itself could not look at some of it. */
class Recipe {
  constructor(readonly make: () => unknown) {}

  /** Its source says best what was tried. */
  [inspect.custom](): string {
    return `made by ${this.make.toString().replaceAll(/\s+/g, ' ')}`;
  }
}

/** The input with what its recipes make. */
export function made(input: unknown): unknown {
  if (input instanceof Recipe) {
    return input.make();
  }
  if (Array.isArray(input)) {
    return input.map(made);
  }
  return isPlain(input) ? withOwnKeys(Object.entries(input).map(([name, value]) => [name, made(value)])) : input;
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** A value that nobody would give on purpose. */
export const exotic: fc.Arbitrary<unknown> = fc.constantFrom(...MAKERS.map((make) => new Recipe(make)));

const key = fc.oneof(
  fc.constantFrom(...PROTOTYPE_NAMES, 'id', 'queue', 'type', 'a', '0', 'length'),
  nastyText.filter(isShort),
);

/** Objects and lists of what JSON knows, with keys that none should have. */
const tree: fc.Arbitrary<unknown> = fc.letrec<{ readonly node: unknown }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4, depthSize: 'small', withCrossShrink: true },
    { weight: 3, arbitrary: fc.oneof(nastyText.filter(isShort), fc.double(), fc.boolean(), fc.constant(null)) },
    { weight: 1, arbitrary: fc.array(tie('node'), { maxLength: 4 }) },
    { weight: 1, arbitrary: fc.array(fc.tuple(key, tie('node')), { maxLength: 4 }).map(withOwnKeys) },
  ),
})).node;

/** Anything at all. */
export const nasty: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 5, arbitrary: exotic },
  { weight: 3, arbitrary: nastyText },
  { weight: 3, arbitrary: tree },
  { weight: 2, arbitrary: fc.oneof(fc.integer(), fc.double(), fc.bigInt()) },
  { weight: 1, arbitrary: fc.array(exotic, { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.array(fc.tuple(key, exotic), { maxLength: 3 }).map(withOwnKeys) },
);

/** What JSON can carry, and so what comes in over HTTP or lies in a store. */
export const nastyJson: fc.Arbitrary<unknown> = tree;

/**
 * An object with some of these keys. Each is right as a rule and nasty now and then, so that many of the objects pass; and
 * now and then there is a key too many, or no object at all.
 */
export function mostlyRight(
  fields: Readonly<Record<string, fc.Arbitrary<unknown>>>,
  wrong = nasty,
): fc.Arbitrary<unknown> {
  const either = (right: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
    fc.oneof({ weight: 30, arbitrary: right }, { weight: 1, arbitrary: wrong });
  const object = fc.record(Object.fromEntries(Object.entries(fields).map(([name, right]) => [name, either(right)])), {
    requiredKeys: [],
  });
  return fc.oneof(
    { weight: 40, arbitrary: object },
    {
      weight: 2,
      arbitrary: fc
        .tuple(object, key, wrong)
        .map(([right, name, value]) => withOwnKeys([...Object.entries(right), [name, value]])),
    },
    { weight: 2, arbitrary: object.map((right) => new Recipe(() => Object.create(made(right) as object))) },
    { weight: 2, arbitrary: wrong },
  );
}

/** Own properties, also of names that a plain assignment would take for something else. */
export function withOwnKeys(entries: readonly (readonly [string, unknown])[]): object {
  const made = {};
  for (const [name, value] of entries) {
    Object.defineProperty(made, name, { value, enumerable: true, configurable: true, writable: true });
  }
  return made;
}

function isShort(text: string): boolean {
  return text.length < 2_000;
}
