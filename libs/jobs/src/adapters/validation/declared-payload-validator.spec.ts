import 'reflect-metadata';
import { Transform, Type } from 'class-transformer';
import { IsEmail, IsInt, IsOptional, IsString, Min, registerDecorator, ValidateNested } from 'class-validator';
import fc from 'fast-check';
import { z } from 'zod';
import { InvalidOptionError, InvalidPayloadError } from '../../domain/errors/errors.js';
import { DeclaredPayloadValidator } from './declared-payload-validator.js';

class Address {
  @IsString() city!: string;
}

class Item {
  @IsString() sku!: string;
}

class Order {
  @IsEmail() to!: string;
  @IsInt() @Min(1) count!: number;
  @ValidateNested() @Type(() => Address) address!: Address;
  @IsOptional() @ValidateNested({ each: true }) @Type(() => Item) items?: Item[];
  @IsOptional() @IsString({ each: true }) tags?: string[];
  free?: unknown;
}

const ORDER = { to: 'a@example.org', count: 2, address: { city: 'Turin' } };

const validator = new DeclaredPayloadValidator();

async function refusal(check: (payload: unknown) => unknown, payload: unknown): Promise<InvalidPayloadError> {
  const error: unknown = await Promise.resolve()
    .then(() => check(payload))
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(InvalidPayloadError);
  return error as InvalidPayloadError;
}

async function issues(check: (payload: unknown) => unknown, payload: unknown): Promise<readonly string[]> {
  return (await refusal(check, payload)).issues.map(({ path }) => path);
}

describe('a payload declared as a class', () => {
  const check = validator.compile('order', Order);

  it('reaches the handler as an instance of it, nested ones included, with what has no rule', async () => {
    const payload = (await check({ ...ORDER, items: [{ sku: 'a' }], free: { a: [1] } })) as Order;
    expect(payload).toBeInstanceOf(Order);
    expect(payload.address).toBeInstanceOf(Address);
    expect(payload.items?.[0]).toBeInstanceOf(Item);
    expect(payload.free).toEqual({ a: [1] });
  });

  it('is refused with every field that is wrong', async () => {
    const wrong = { to: 'nobody', count: 0.5, address: { city: 7 }, items: [{ sku: 'a' }, {}, 5], tags: [1] };
    const error = await refusal(check, wrong);
    expect(error.issues.map(({ path }) => path)).toEqual([
      'to',
      'count',
      'count',
      'address.city',
      'items[1].sku',
      'items[2]',
      'tags',
    ]);
    expect(error.message).toMatch(
      /job type 'order' is invalid: to: to must be an email; .*items\[1\]\.sku: sku must be/,
    );
  });

  it('may be an instance already, whose nested fields are checked too', async () => {
    const order = Object.assign(new Order(), ORDER);
    await expect(check(order)).resolves.toBe(order);
    expect(await issues(check, Object.assign(new Order(), ORDER, { address: { city: 7 } }))).toEqual(['address.city']);
  });

  it.each([undefined, null, 'text', 7, [], true, new Date(0), Promise.resolve({})])(
    'is refused when it is %p',
    async (payload) => {
      const error = await refusal(check, payload);
      expect(error.issues).toEqual([{ path: '', message: 'must be an object, a Order' }]);
    },
  );

  it('is taken as it is when the class has no rules', async () => {
    class Anything {}
    await expect(validator.compile('any', Anything)({ a: 1 })).resolves.toEqual({ a: 1 });
  });

  it('may have rules that answer late, said or unsaid', async () => {
    class Coupon {
      code!: string;
    }
    registerDecorator({
      name: 'isFree',
      target: Coupon,
      propertyName: 'code',
      options: { message: 'is taken' },
      validator: { validate: (value) => Promise.resolve(value !== 'used') },
    });
    const check = validator.compile('coupon', Coupon);
    await expect(check({ code: 'new' })).resolves.toBeInstanceOf(Coupon);
    expect((await refusal(check, { code: 'used' })).issues).toEqual([{ path: 'code', message: 'is taken' }]);
  });

  it('is refused when it cannot be transformed, with the cause', async () => {
    const cause = new RangeError('no such day');
    class Dated {
      @Transform(() => {
        throw cause;
      })
      day!: string;
    }
    const error = await refusal(validator.compile('dated', Dated), { day: '31.02.' });
    expect(error).toMatchObject({ cause, issues: [{ path: '', message: 'cannot be made a Dated: no such day' }] });
  });

  it('lets the error of a rule itself through: the payload may be right', async () => {
    class Known {
      id!: string;
    }
    registerDecorator({
      name: 'isKnown',
      target: Known,
      propertyName: 'id',
      validator: { validate: () => Promise.reject(new Error('database away')) },
    });
    await expect(validator.compile('known', Known)({ id: '1' })).rejects.toThrow(/^database away$/);
  });

  it('cannot change a prototype', async () => {
    const payload = (await check(
      JSON.parse(`{ "to": "a@example.org", "count": 2, "address": { "city": "x", "__proto__": { "evil": 1 } },
                    "__proto__": { "evil": 1 }, "free": { "__proto__": { "evil": 1 } } }`),
    )) as Order & { evil?: number; address: { evil?: number }; free: { evil?: number } };
    expect([payload.evil, payload.address.evil, payload.free.evil]).toEqual([undefined, undefined, undefined]);
    expect(payload).toBeInstanceOf(Order);
    expect(({} as { evil?: number }).evil).toBeUndefined();
  });

  it('ends in an instance or an InvalidPayloadError, whatever JSON it is', async () => {
    const key = fc.oneof(
      fc.constantFrom('to', 'count', 'address', 'items', 'tags', 'free', 'city', 'sku', 'constructor', '__proto__'),
      fc.string(),
    );
    const json = fc.letrec<{ value: unknown; object: unknown }>((tie) => ({
      value: fc.oneof({ depthSize: 'small' }, fc.jsonValue({ maxDepth: 1 }), fc.array(tie('value')), tie('object')),
      object: fc.array(fc.tuple(key, tie('value'))).map((entries) => Object.fromEntries(entries)),
    }));
    await fc.assert(
      fc.asyncProperty(fc.oneof(json.value, json.object), async (value) => {
        // As it comes out of a store: a __proto__ key is a key like any other.
        const outcome: unknown = await Promise.resolve(check(JSON.parse(JSON.stringify(value)))).catch(
          (error: unknown) => error,
        );
        expect(outcome instanceof Order || outcome instanceof InvalidPayloadError).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a payload declared as a Standard Schema', () => {
  it("reaches the handler as the schema's output, at once", () => {
    const check = validator.compile('order', z.object({ count: z.coerce.number() }));
    expect(check({ count: '3', more: true })).toEqual({ count: 3 });
  });

  it('is refused with every field that is wrong', async () => {
    const schema = z.object({
      to: z.email(),
      address: z.object({ city: z.string() }),
      items: z.array(z.object({ sku: z.string() })),
    });
    const wrong = { to: 'nobody', address: {}, items: [{ sku: 'a' }, {}] };
    expect(await issues(validator.compile('order', schema), wrong)).toEqual(['to', 'address.city', 'items[1].sku']);
  });

  it('may be checked asynchronously', async () => {
    const check = validator.compile(
      'order',
      z.string().refine(async (text) => text.length > 2),
    );
    expect(await issues(check, 'no')).toEqual(['']);
    await expect(check('yes')).resolves.toBe('yes');
  });

  it('may be a function, and name its fields by keys', async () => {
    const validate = () => ({
      issues: [{ message: 'is wrong', path: [{ key: 'a' }, 0, 'b'] }, { message: 'so it is' }],
    });
    const schema = Object.assign(() => true, { '~standard': { version: 1 as const, vendor: 'own', validate } });
    expect(await issues(validator.compile('own', schema), {})).toEqual(['a[0].b', '']);
  });
});

it.each([[{ to: 'string' }], [() => true], [null], ['Order'], [{ '~standard': { version: 1 } }]])(
  'refuses %p, which is neither',
  (payload) => {
    expect(() => validator.compile('order', payload as never)).toThrow(InvalidOptionError);
  },
);
