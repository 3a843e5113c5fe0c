import 'reflect-metadata';
import { Exclude, Expose, plainToInstance, Transform, Type } from 'class-transformer';
import {
  Allow,
  IsBoolean,
  IsDate,
  IsDefined,
  IsEmail,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Min,
  registerDecorator,
  validate,
  ValidateIf,
  ValidateNested,
  type ValidationError,
} from 'class-validator';
import fc from 'fast-check';
import { InvalidPayloadError } from '../../domain/errors/errors.js';
import { DeclaredPayloadValidator } from './declared-payload-validator.js';
import type { PayloadClass } from './flat-payload.js';

const validator = new DeclaredPayloadValidator();

class Mail {
  @IsEmail() to!: string;
  @IsInt() @Min(1) count!: number;
  @IsOptional() @Length(2, 4) lang?: string | null;
  @IsDefined() kind!: string;
  @Allow() note?: unknown;
}

class UrgentMail extends Mail {
  @IsIn(['high', 'critical']) priority!: string;
  @IsString() override kind = 'urgent';
}

class Conditional {
  @IsBoolean() express = false;
  @ValidateIf(({ express }: Conditional) => express) @IsString() phone?: string;
  @Min(1, { validateIf: ({ express }: Conditional) => !express }) days?: number;
}

class Listed {
  @IsString({ each: true }) tags: unknown = ['none'];
  @IsInt() count!: number;
}

class Dated {
  @IsDate() @Type(() => Date) at!: Date;
}

class Renamed {
  @Expose({ name: 'address' }) @IsString() to!: string;
}

class Hidden {
  @IsOptional() @Exclude() @IsString() secret?: string;
  @IsInt() count!: number;
}

@Exclude()
class AllHidden {
  @Expose() @IsInt() count!: number;
}

class Trimmed {
  @Transform(({ value }) => (typeof value === 'string' ? value.trim() : (value as unknown)))
  @Length(1, 4)
  name!: string;
}

class Described {
  @IsInt() count!: number;

  @IsString()
  get text(): string {
    return `${this.count} pieces`;
  }
}

const named = (): string => 'own';

class WithMethod {
  @IsOptional() name?: () => string = named;
  @IsInt() count!: number;
}

class Nested {
  @IsInt() count!: number;
  @IsOptional() @ValidateNested() @Type(() => Mail) mail?: Mail;
}

class Grouped {
  @IsInt({ groups: ['a'] }) count!: number;
  @IsString({ always: true }) name!: string;
}

class Sealed {
  @IsInt() count!: number;

  constructor() {
    Object.preventExtensions(this);
  }
}

class Bare {}

const CLASSES: readonly PayloadClass[] = [
  Mail,
  UrgentMail,
  Conditional,
  Listed,
  Dated,
  Renamed,
  Hidden,
  AllHidden,
  Trimmed,
  Described,
  WithMethod,
  Nested,
  Grouped,
  Sealed,
  Bare,
];

const NAMES =
  'to count lang kind note priority express phone days tags at address secret name text mail free constructor toString __proto__';

const flat = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, 0, 1, 2.5, -1),
  fc.constantFrom<unknown>('', 'x', 'text', '  long  ', 'a@example.org', 'high', '2026-01-01'),
);
const value = fc.oneof(
  { weight: 12, arbitrary: flat },
  { weight: 1, arbitrary: fc.constantFrom<unknown>([], ['a'], [1], {}, { to: 'a@example.org' }, { toString: 1 }) },
);
const payload = fc
  .array(fc.tuple(fc.constantFrom(...NAMES.split(' ')), value), { maxLength: 8 })
  .map((entries): unknown => JSON.parse(`{${entries.map(([k, v]) => `"${k}":${JSON.stringify(v)}`).join(',')}}`));
const right = fc.constantFrom<unknown>(
  { to: 'a@example.org', count: 1, kind: 'x' },
  { to: 'a@example.org', count: 1, kind: 'x', lang: null, note: 5 },
  { to: 'a@example.org', count: 3, priority: 'high', lang: 'de' },
  { express: true, phone: 'x' },
  { days: 2 },
  { count: 1, name: 'x' },
  { name: ' x  ' },
);

/** What the libraries say of a payload when they are asked without us. */
async function byTheLibraries(payloadClass: PayloadClass, given: object): Promise<unknown> {
  const instance = plainToInstance(payloadClass, given);
  const errors = await validate(instance, { forbidUnknownValues: false });
  return errors.length === 0 ? instance : errors.flatMap(messagesOf);
}

function messagesOf({ constraints = {}, children = [] }: ValidationError): readonly string[] {
  return [...Object.values(constraints), ...children.flatMap(messagesOf)];
}

async function byUs(payloadClass: PayloadClass, given: unknown): Promise<unknown> {
  try {
    return await validator.compile('any', payloadClass)(given);
  } catch (error) {
    return error;
  }
}

it.each(CLASSES)('%p is what class-transformer and class-validator make of it, whatever the payload', async (type) => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(payload, right), async (given) => {
      const expected = await byTheLibraries(type, given as object).catch((error: unknown) => error);
      const outcome = await byUs(type, given);
      if (outcome instanceof InvalidPayloadError) {
        const messages = outcome.issues.map(({ message }) => message);
        expect(messages).toEqual(expected instanceof Error ? [expect.stringContaining(expected.message)] : expected);
      } else if (outcome instanceof Error) {
        expect(outcome).toEqual(expected);
      } else {
        expect(outcome).toBeInstanceOf(type);
        expect(outcome).toStrictEqual(expected);
        expect(Object.keys(outcome as object)).toEqual(Object.keys(expected as object));
      }
    }),
    { numRuns: 400 },
  );
});

describe('a payload that is flat and right', () => {
  it.each<[PayloadClass, object]>([
    [Mail, { to: 'a@example.org', count: 1, kind: 'x' }],
    [UrgentMail, { to: 'a@example.org', count: 1, priority: 'high', lang: 'de' }],
    [Conditional, { days: 2 }],
    [Grouped, { count: 1, name: 'x' }],
  ])('is answered at once: %p', (type, given) => {
    const answer = validator.compile('any', type)(given);
    expect(answer).toBeInstanceOf(type);
    expect(answer).not.toBe(given);
    expect(answer).toMatchObject(given);
  });

  it('is waited for where the class has more than plain rules', async () => {
    for (const [type, given] of [
      [Trimmed, { name: 'x' }],
      [Described, { count: 1 }],
      [Nested, { count: 1 }],
      [Hidden, { count: 1 }],
    ] as const) {
      const answer = validator.compile('any', type)(given);
      expect(answer).toBeInstanceOf(Promise);
      await answer;
    }
  });
});

describe('a rule', () => {
  it('that answers late is not taken for a pass, and its rejection is told once', async () => {
    class Coupon {
      code!: string;
    }
    const asked: unknown[] = [];
    registerDecorator({
      name: 'isFree',
      target: Coupon,
      propertyName: 'code',
      options: { message: 'is taken' },
      validator: {
        validate: (code) => {
          asked.push(code);
          return code === 'broken' ? Promise.reject(new Error('database away')) : Promise.resolve(code !== 'used');
        },
      },
    });
    expect(await byUs(Coupon, { code: 'used' })).toMatchObject({ issues: [{ path: 'code', message: 'is taken' }] });
    expect(await byUs(Coupon, { code: 'broken' })).toEqual(new Error('database away'));
    asked.splice(0);
    const check = validator.compile('coupon', Coupon);
    await check({ code: 'first' });
    await check({ code: 'second' });
    // It is only known to be late once it has been asked.
    expect(asked).toEqual(['first', 'first', 'second']);
  });

  it('that throws is told of as it is', async () => {
    class Strict {
      code!: string;
    }
    registerDecorator({
      name: 'isStrict',
      target: Strict,
      propertyName: 'code',
      validator: {
        validate: () => {
          throw new Error('no dictionary');
        },
      },
    });
    expect(await byUs(Strict, { code: 'x' })).toEqual(new Error('no dictionary'));
  });

  it('gets the instance, and what else class-validator tells it', () => {
    class Order {
      @IsInt() count!: number;
      code!: string;
    }
    const told: unknown[] = [];
    registerDecorator({
      name: 'isCode',
      target: Order,
      propertyName: 'code',
      constraints: ['abc'],
      validator: { validate: (code, args) => told.push([code, args]) > 0 },
    });
    const answer = validator.compile('order', Order)({ count: 1, code: 'x' });
    expect(told).toEqual([
      ['x', { targetName: 'Order', property: 'code', object: answer, value: 'x', constraints: ['abc'] }],
    ]);
  });
});
