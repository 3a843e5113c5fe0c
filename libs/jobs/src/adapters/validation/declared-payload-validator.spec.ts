import 'reflect-metadata';
import { Type } from 'class-transformer';
import { IsEmail, IsInt, IsString, Min, ValidateNested } from 'class-validator';
import { z } from 'zod';
import { InvalidOptionError, InvalidPayloadError } from '../../domain/errors.js';
import { DeclaredPayloadValidator } from './declared-payload-validator.js';

class Address {
  @IsString() city!: string;
}

class Order {
  @IsEmail() to!: string;
  @IsInt() @Min(1) count!: number;
  @ValidateNested() @Type(() => Address) address!: Address;
}

const validator = new DeclaredPayloadValidator();

async function issues(check: (payload: unknown) => unknown, payload: unknown): Promise<readonly string[]> {
  const error: unknown = await Promise.resolve()
    .then(() => check(payload))
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(InvalidPayloadError);
  return (error as InvalidPayloadError).issues.map(({ path }) => path);
}

describe('a payload declared as a class', () => {
  const check = validator.compile('order', Order);

  it('reaches the handler as an instance of it, nested ones included', async () => {
    const payload = await check({ to: 'a@example.org', count: 2, address: { city: 'Turin' } });
    expect(payload).toBeInstanceOf(Order);
    expect((payload as Order).address).toBeInstanceOf(Address);
  });

  it('is refused with every field that is wrong', async () => {
    await expect(issues(check, { to: 'nobody', count: 0.5, address: { city: 7 } })).resolves.toEqual(
      expect.arrayContaining(['to', 'count', 'address.city']),
    );
  });

  it.each([undefined, null, 'text', 7, []])('is refused when it is %p', async (payload) => {
    await expect(issues(check, payload)).resolves.toEqual(['']);
  });

  it('is taken as it is when the class has no rules', async () => {
    class Anything {}
    await expect(validator.compile('any', Anything)({ a: 1 })).resolves.toEqual({ a: 1 });
  });
});

describe('a payload declared as a Standard Schema', () => {
  it("reaches the handler as the schema's output", async () => {
    const check = validator.compile('order', z.object({ count: z.coerce.number() }));
    expect(await check({ count: '3', more: true })).toEqual({ count: 3 });
  });

  it('is refused with every field that is wrong', async () => {
    const check = validator.compile('order', z.object({ to: z.email(), address: z.object({ city: z.string() }) }));
    await expect(issues(check, { to: 'nobody', address: {} })).resolves.toEqual(['to', 'address.city']);
  });

  it('may be checked asynchronously', async () => {
    const check = validator.compile(
      'order',
      z.string().refine(async (text) => text.length > 2),
    );
    await expect(issues(check, 'no')).resolves.toEqual(['']);
    await expect(check('yes')).resolves.toBe('yes');
  });
});

it('refuses what is neither', () => {
  expect(() => validator.compile('order', { to: 'string' } as never)).toThrow(InvalidOptionError);
  expect(() => validator.compile('order', (() => true) as never)).toThrow(InvalidOptionError);
});
