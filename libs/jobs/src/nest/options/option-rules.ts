import { getMetadataStorage, ValidateBy, ValidateIf } from 'class-validator';
import { parseDuration } from '../../domain/duration.js';
import { formatDuration } from '../../domain/duration.js';
import { InvalidOptionError } from '../../domain/errors/errors.js';

/** Answers what is allowed, in words, when it refuses a value; undefined when it takes it. */
export type Rule = (value: unknown) => string | undefined;

/** A class whose decorated properties are the options of one object. */
export type Schema = new () => object;

/** How an option that holds other options is laid out. */
export interface Section {
  readonly schema: () => Schema;
  readonly shape: 'object' | 'record' | 'object-or-list';
}

const sections = new Map<object, Map<string, Section>>();

/** Checks an option with class-validator; one that is absent or `undefined` is not told, and passes. */
export function Checked(rule: Rule): PropertyDecorator {
  return (target, property) => {
    ValidateIf((_options, value) => value !== undefined)(target, property);
    ValidateBy({
      name: 'option',
      validator: {
        validate: (value: unknown) => rule(value) === undefined,
        // class-validator puts values where it finds these words' tokens ($value …): no rule has any.
        defaultMessage: (args) => rule(args?.value) ?? '',
      },
    })(target, property);
  };
}

/** An option that is itself an object of options, a record of them by name, or one or a list of them. */
export function Nested(schema: () => Schema, shape: Section['shape'] = 'object', rule?: Rule): PropertyDecorator {
  return (target, property) => {
    const own = sections.get(target) ?? new Map<string, Section>();
    sections.set(target, own.set(String(property), { schema, shape }));
    Checked(rule ?? ((value) => (isRecord(value) ? undefined : describeSection(schema(), shape))))(target, property);
  };
}

/** What an object, or a record of objects, of these options may look like, in words. */
export function describeSection(schema: Schema, shape: Section['shape']): string {
  const object = `an object with any of ${knownKeys(schema).join(', ')}`;
  return shape === 'record' ? `an object of names, each with ${object}` : object;
}

/** The section that an option of the schema opens, its parent classes' included. */
export function sectionOf(schema: Schema, key: string): Section | undefined {
  for (
    let target: object | null = schema.prototype as object;
    target !== null;
    target = Object.getPrototypeOf(target)
  ) {
    const section = sections.get(target)?.get(key);
    if (section !== undefined) {
      return section;
    }
  }
  return undefined;
}

/** The options that the schema has, in the order they are declared; a parent class's come last. */
export function knownKeys(schema: Schema): readonly string[] {
  const metadata = getMetadataStorage().getTargetValidationMetadatas(schema, '', false, false);
  return [...new Set(metadata.map(({ propertyName }) => propertyName))];
}

/** True for objects that carry options: neither null nor a list, a function, a promise or another of JavaScript's own. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && Object.prototype.toString.call(value) === '[object Object]';
}

/** Takes what one of the domain's parsers can read; `null` is no option, whatever the parser makes of it. */
export function readable(parse: (value: unknown) => unknown): Rule {
  return (value) => {
    try {
      parse(value === null ? Symbol('null') : value);
      return undefined;
    } catch (error) {
      if (error instanceof InvalidOptionError) {
        return error.allowed;
      }
      throw error;
    }
  };
}

/** A duration between two bounds, in milliseconds. */
export function duration(least: number, most = Infinity): Rule {
  const bounds = [
    ...(least > 0 ? [`at least ${formatDuration(least)}`] : []),
    ...(most < Infinity ? [`at most ${formatDuration(most)}`] : []),
  ].join(' and ');
  return (value) => {
    const refused = readable(parseDuration)(value);
    if (refused !== undefined) {
      return bounds === '' ? refused : `${refused}; ${bounds}`;
    }
    const milliseconds = parseDuration(value);
    return milliseconds >= least && milliseconds <= most ? undefined : `a duration of ${bounds}`;
  };
}

export function integer(least: number, most = Number.MAX_SAFE_INTEGER): Rule {
  const allowed = `an integer ${most === Number.MAX_SAFE_INTEGER ? `≥ ${least}` : `from ${least} to ${most}`}`;
  return (value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most ? undefined : allowed;
}

export function oneOf(...values: readonly string[]): Rule {
  return (value) => (values.includes(value as string) ? undefined : `one of ${values.join(', ')}`);
}

/** Takes what either rule takes. */
export function either(first: Rule, second: Rule): Rule {
  return (value) => {
    const refused = first(value);
    const refusedToo = refused === undefined ? undefined : second(value);
    return refusedToo === undefined ? undefined : `${refused}, or ${refusedToo}`;
  };
}

/** A list that is not empty and of which the rule takes every entry. */
export function listOf(rule: Rule, what: string): Rule {
  return (value) => {
    if (!Array.isArray(value) || value.length === 0) {
      return `a list of ${what}, at least one`;
    }
    for (const entry of value as readonly unknown[]) {
      const refused = rule(entry);
      if (refused !== undefined) {
        return `a list of which each entry is ${refused}`;
      }
    }
    return undefined;
  };
}

export const boolean: Rule = (value) => (typeof value === 'boolean' ? undefined : 'true or false');
export const text: Rule = (value) => (typeof value === 'string' ? undefined : 'a text');
export const object: Rule = (value) => (isRecord(value) ? undefined : 'an object');
export const callable: Rule = (value) => (typeof value === 'function' ? undefined : 'a function');
export const anything: Rule = () => undefined;
