import type { PayloadValidator } from '../../application/ports/payload-validator.js';
import { InvalidPayloadError } from '../../domain/errors/errors.js';
import { join } from './issue-path.js';

type PayloadType = Parameters<PayloadValidator['compile']>[1];
export type Schema = Extract<PayloadType, { readonly '~standard': unknown }>;
type SchemaResult = Awaited<ReturnType<Schema['~standard']['validate']>>;

/** Some libraries' schemas are functions: whatever says that it is a schema is one. */
export function isSchema(payload: unknown): payload is Schema {
  if ((typeof payload !== 'object' && typeof payload !== 'function') || payload === null) {
    return false;
  }
  const standard = (payload as { readonly '~standard'?: { readonly validate?: unknown } })['~standard'];
  return typeof standard?.validate === 'function';
}

/** A check that answers the schema's output: at once, or as a promise when the schema is asynchronous. */
export function checkBySchema(jobType: string, schema: Schema): (payload: unknown) => unknown {
  return (payload) => {
    const result = schema['~standard'].validate(payload);
    return isPromise(result)
      ? Promise.resolve(result).then((settled) => output(jobType, settled))
      : output(jobType, result);
  };
}

function isPromise(result: SchemaResult | Promise<SchemaResult>): result is Promise<SchemaResult> {
  return 'then' in result;
}

function output(jobType: string, result: SchemaResult): unknown {
  if (result.issues === undefined) {
    return result.value;
  }
  throw new InvalidPayloadError(
    jobType,
    result.issues.map(({ message, path = [] }) => ({
      path: path.map((part) => (typeof part === 'object' ? part.key : part)).reduce<string>(join, ''),
      message,
    })),
  );
}
