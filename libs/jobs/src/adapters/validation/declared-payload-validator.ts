import { plainToInstance } from 'class-transformer';
import { validate, type ValidationError } from 'class-validator';
import { PayloadValidator } from '../../application/ports/payload-validator.js';
import { InvalidOptionError, InvalidPayloadError, type PayloadIssue } from '../../domain/errors.js';

type PayloadType = Parameters<PayloadValidator['compile']>[1];
type Schema = Extract<PayloadType, { readonly '~standard': unknown }>;
type PayloadClass = Exclude<PayloadType, Schema>;
type SchemaResult = Awaited<ReturnType<Schema['~standard']['validate']>>;

/** Checks payloads with class-validator, as an instance of the declared class, or with the Standard Schema declared. */
export class DeclaredPayloadValidator extends PayloadValidator {
  override compile(jobType: string, payload: PayloadType): (payload: unknown) => unknown {
    if (isSchema(payload)) {
      return (value) => bySchema(jobType, payload, value);
    }
    if (typeof payload === 'function' && typeof payload.prototype === 'object') {
      return (value) => byClass(jobType, payload, value);
    }
    throw new InvalidOptionError(
      `${jobType}.payload`,
      payload,
      "a class with class-validator's decorators, or a Standard Schema such as zod's",
    );
  }
}

/** Some libraries' schemas are functions: whatever says that it is a schema is one. */
function isSchema(payload: unknown): payload is Schema {
  return (typeof payload === 'object' || typeof payload === 'function') && payload !== null && '~standard' in payload;
}

async function byClass(jobType: string, payload: PayloadClass, value: unknown): Promise<unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidPayloadError(jobType, [{ path: '', message: `must be an object, a ${payload.name}` }]);
  }
  const instance: object = plainToInstance(payload, value);
  const issues = (await validate(instance, { forbidUnknownValues: false })).flatMap((error) => issuesOf(error));
  if (issues.length > 0) {
    throw new InvalidPayloadError(jobType, issues);
  }
  return instance;
}

function issuesOf({ property, constraints, children }: ValidationError, above = ''): readonly PayloadIssue[] {
  const path = above === '' ? property : `${above}.${property}`;
  return [
    ...Object.values(constraints ?? {}).map((message) => ({ path, message })),
    ...(children ?? []).flatMap((child) => issuesOf(child, path)),
  ];
}

function bySchema(jobType: string, schema: Schema, value: unknown): unknown {
  const result = schema['~standard'].validate(value);
  return result instanceof Promise ? result.then((settled) => output(jobType, settled)) : output(jobType, result);
}

function output(jobType: string, result: SchemaResult): unknown {
  if (result.issues === undefined) {
    return result.value;
  }
  throw new InvalidPayloadError(
    jobType,
    result.issues.map(({ message, path }) => ({
      path: (path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)).join('.'),
      message,
    })),
  );
}
