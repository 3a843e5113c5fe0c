import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import { ValidateBy, ValidateIf, ValidateNested } from 'class-validator';
import { isDeeperThan } from '../../domain/depth.js';
import { parseDuration } from '../../domain/duration.js';
import { InvalidOptionError, show } from '../../domain/errors/errors.js';
import { checkId, checkName } from '../../domain/names.js';
import { parsePriority, PRIORITIES } from '../../domain/priority.js';
import { parseWholeNumber } from '../../domain/options/whole-number.js';
import { checkScheduleId } from '../../application/scheduling/schedule-options.js';
import { parseTime } from '../../application/submitting/submit-options.js';
import { declareContent } from './contents.js';

/** What every field says of itself. */
export interface FieldOptions {
  readonly description: string;
  /** Default: it may be left out. */
  readonly required?: boolean;
  /** `null` is taken too, and means what the description says. */
  readonly nullable?: boolean;
}

/** Reads a value, or throws `InvalidOptionError` saying what is allowed: the domain's own rule is the field's rule. */
type Read = (value: unknown) => unknown;

/** A field of the input: what it is checked by, and how the document shows it. */
function field(read: Read, schema: ApiPropertyOptions, options: FieldOptions): PropertyDecorator {
  const { required = false, nullable = false, description } = options;
  return (target, property) => {
    ApiProperty({ ...schema, description, required, ...(nullable ? { nullable } : {}) } as ApiPropertyOptions)(
      target,
      property,
    );
    ValidateIf((_input, value) => !(value === undefined && !required) && !(value === null && nullable))(
      target,
      property,
    );
    ValidateBy({
      name: 'field',
      validator: {
        validate: (value: unknown) => allowed(read, value) === undefined,
        // class-validator puts values where it finds its tokens ($value …): no rule has any.
        defaultMessage: (args) => `must be ${allowed(read, args?.value) ?? 'another value'}`,
      },
    })(target, property);
  };
}

function allowed(read: Read, value: unknown): string | undefined {
  try {
    read(value);
    return undefined;
  } catch (error) {
    if (error instanceof InvalidOptionError) {
      return error.allowed;
    }
    throw error;
  }
}

/** The name of a queue or a type. */
export function NameField(options: FieldOptions): PropertyDecorator {
  return field((value) => checkName(value, 'name'), { type: String, maxLength: 128, example: 'emails' }, options);
}

/** The id of a job. */
export function IdField(options: FieldOptions): PropertyDecorator {
  return field(checkId, { type: String, minLength: 1, maxLength: 256 }, options);
}

/** The id of a schedule. */
export function ScheduleIdField(options: FieldOptions): PropertyDecorator {
  return field(checkScheduleId, { type: String, maxLength: 100, example: 'reports.nightly' }, options);
}

/** Any short text. */
export function TextField(options: FieldOptions & { readonly most?: number }): PropertyDecorator {
  const { most = 128 } = options;
  const read = (value: unknown): void => {
    if (typeof value !== 'string' || value === '' || value.length > most) {
      throw new InvalidOptionError('text', value, `a text of 1 to ${most} characters`);
    }
  };
  return field(read, { type: String, minLength: 1, maxLength: most }, options);
}

/** One of a few words. */
export function ChoiceField(values: readonly string[], options: FieldOptions): PropertyDecorator {
  const read = (value: unknown): void => {
    if (typeof value !== 'string' || !values.includes(value)) {
      throw new InvalidOptionError('choice', value, `one of ${values.join(', ')}`);
    }
  };
  // In a query, @nestjs/swagger drops a plain `enum`.
  return field(read, { oneOf: [{ type: 'string', enum: [...values] }] }, options);
}

/** Names of queues or types, in a query: the field once or more often, or with commas between them. */
export function NamesField(options: FieldOptions): PropertyDecorator {
  return several((value) => checkName(value, 'names'), { type: [String], example: ['emails'] }, options);
}

/** Some of a few words, in a query: the field once or more often, or with commas between them. */
export function ChoicesField(values: readonly string[], options: FieldOptions): PropertyDecorator {
  const read = (value: unknown): void => {
    if (typeof value !== 'string' || !values.includes(value)) {
      throw new InvalidOptionError('choices', value, `some of ${values.join(', ')}`);
    }
  };
  return several(read, { isArray: true, enum: [...values] }, options);
}

/** Names in one field of a query. */
const MOST_NAMED = 100;

function several(read: Read, schema: ApiPropertyOptions, options: FieldOptions): PropertyDecorator {
  return (target, property) => {
    Transform(({ value }: { readonly value: unknown }) =>
      [value].flat().flatMap((each) => (typeof each === 'string' ? each.split(',') : [each])),
    )(target, property);
    const readAll = (value: unknown): void => {
      const all = value as readonly unknown[]; // it was made one above
      if (all.length > MOST_NAMED) {
        throw new InvalidOptionError('list', all.length, `at most ${MOST_NAMED}`);
      }
      all.forEach(read);
    };
    field(readAll, { ...schema, maxItems: MOST_NAMED }, options)(target, property);
  };
}

/** A whole number; in a query, one that is written in digits. */
export function WholeNumberField(
  least: number,
  most: number,
  options: FieldOptions & { readonly otherwise?: number },
): PropertyDecorator {
  const schema: ApiPropertyOptions = {
    type: 'integer',
    minimum: least,
    maximum: most,
    ...(options.otherwise === undefined ? {} : { default: options.otherwise }),
  };
  return field((value) => parseWholeNumber(value, 'number', least, most), schema, options);
}

/** A number between two others. */
export function NumberField(least: number, most: number, options: FieldOptions): PropertyDecorator {
  const read = (value: unknown): void => {
    if (typeof value !== 'number' || !(value >= least && value <= most)) {
      throw new InvalidOptionError('number', value, `a number from ${least} to ${most}`);
    }
  };
  return field(read, { type: Number, minimum: least, maximum: most }, options);
}

/** True or false. */
export function FlagField(options: FieldOptions): PropertyDecorator {
  const read = (value: unknown): void => {
    if (typeof value !== 'boolean') {
      throw new InvalidOptionError('flag', value, 'true or false');
    }
  };
  return field(read, { type: Boolean }, options);
}

/** The name of a priority, or a number. */
export function PriorityField(options: FieldOptions): PropertyDecorator {
  const oneOf = [{ type: 'string', enum: Object.keys(PRIORITIES) }, { type: 'integer' }];
  return field(parsePriority, { oneOf, example: 'high' }, options);
}

/** A span of time: milliseconds, or a text such as `5m`. */
export function DurationField(options: FieldOptions): PropertyDecorator {
  return field(parseDuration, { oneOf: [{ type: 'string' }, { type: 'integer', minimum: 0 }], example: '5m' }, options);
}

/** A moment, as ISO 8601. */
export function TimeField(options: FieldOptions): PropertyDecorator {
  const read = (value: unknown): void => {
    if (typeof value !== 'string' || !ISO.test(value)) {
      throw new InvalidOptionError('time', value, 'an ISO 8601 time, such as 2026-01-31T12:00:00Z');
    }
    parseTime(value, 'time');
  };
  return field(read, { type: String, format: 'date-time', example: '2026-01-31T12:00:00Z' }, options);
}

const ISO = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d))?$/;

/** Words. */
export function WordsField(options: FieldOptions & { readonly most: number }): PropertyDecorator {
  const read = (value: unknown): void => {
    const fine =
      Array.isArray(value) &&
      value.length <= options.most &&
      value.every((word) => typeof word === 'string' && word !== '' && word.length <= 128);
    if (!fine) {
      throw new InvalidOptionError('words', value, `at most ${options.most} words of 1 to 128 characters`);
    }
  };
  return field(read, { type: [String], maxItems: options.most }, options);
}

/** The schema of whatever JSON can carry. */
export const ANYTHING = {
  nullable: true,
  oneOf: [
    { type: 'object', additionalProperties: true },
    { type: 'array', items: {} },
    { type: 'string' },
    { type: 'number' },
    { type: 'boolean' },
  ],
} as ApiPropertyOptions;

/** Anything JSON can carry, taken as it came: nothing inside is looked at here. */
export function AnythingField(options: FieldOptions): PropertyDecorator {
  return (target, property) => {
    declareContent(target, property, { kind: 'free' });
    field((value) => value, ANYTHING, options)(target, property);
  };
}

/** Levels of an object of free keys. */
const MOST_LEVELS = 64;

/** An object of free keys. */
export function RecordField(options: FieldOptions): PropertyDecorator {
  const read = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || isDeeperThan(value, MOST_LEVELS)) {
      throw new InvalidOptionError('record', typeof value, `an object, at most ${MOST_LEVELS} levels deep`);
    }
  };
  return (target, property) => {
    declareContent(target, property, { kind: 'free' });
    field(read, { type: Object, additionalProperties: true }, options)(target, property);
  };
}

/** Fields of their own, or a list of such. */
export function SectionField(
  section: () => new () => object,
  options: FieldOptions & { readonly listOf?: { readonly least: number; readonly most: number } },
): PropertyDecorator {
  const { listOf } = options;
  const read = (value: unknown): void => {
    const isSection = (each: unknown): boolean => typeof each === 'object' && each !== null && !Array.isArray(each);
    if (listOf === undefined) {
      if (!isSection(value)) {
        throw new InvalidOptionError('section', show(value), 'an object');
      }
    } else if (
      !Array.isArray(value) ||
      value.length < listOf.least ||
      value.length > listOf.most ||
      !value.every(isSection)
    ) {
      throw new InvalidOptionError('section', show(value), `a list of ${listOf.least} to ${listOf.most} objects`);
    }
  };
  return (target, property) => {
    declareContent(target, property, { kind: 'section', section });
    Type(section)(target, property);
    ValidateNested()(target, property);
    const schema = listOf === undefined ? {} : { isArray: true, minItems: listOf.least, maxItems: listOf.most };
    // @nestjs/swagger takes a function of this name, and no other, for one that says the type later.
    field(read, { type: () => section(), ...schema }, options)(target, property);
  };
}

/** Of a query, where all is text: a number is read as one. */
export function FromQuery(): PropertyDecorator {
  return Transform(({ value }: { readonly value: unknown }) =>
    typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value,
  );
}
