import type { ValidationError } from 'class-validator';
import { InvalidPayloadError, type PayloadIssue } from '../../domain/errors/errors.js';
import { flatCheck, type PayloadClass } from './flat-payload.js';
import { join } from './issue-path.js';

/**
 * A check that answers the payload as an instance of the class; one that is an instance already comes back as it is.
 * Properties without a rule are let through. What is flat and right is answered at once, all else with a promise.
 *
 * class-validator is asked in its asynchronous way: only running a rule tells whether it answers with a promise, and the
 * synchronous way takes such a promise for a pass.
 */
export function checkByClass(jobType: string, payloadClass: PayloadClass): (payload: unknown) => unknown {
  const libraries = loadLibraries();
  const { plainToInstance, validate } = libraries;
  const refuse = (issues: readonly PayloadIssue[], cause?: unknown): never => {
    throw new InvalidPayloadError(jobType, issues, cause === undefined ? undefined : { cause });
  };
  const instantiate = (payload: object): object => {
    try {
      // Also of an instance: what is nested in it may still be plain, and would pass unchecked.
      return plainToInstance(payloadClass, payload);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      return refuse([{ path: '', message: `cannot be made a ${payloadClass.name}: ${reason}` }], cause);
    }
  };
  const checkWhole = async (payload: unknown): Promise<object> => {
    const instance = isObject(payload) ? instantiate(payload) : undefined;
    if (!(instance instanceof payloadClass)) {
      return refuse([{ path: '', message: `must be an object, a ${payloadClass.name}` }]);
    }
    const errors = await validate(instance, { forbidUnknownValues: false, validationError: { target: false } });
    if (errors.length > 0) {
      refuse(errors.flatMap((error) => issuesOf(error)));
    }
    return payload instanceof payloadClass ? payload : instance;
  };
  const checkFlat = flatCheck(payloadClass, libraries);
  return (payload) => (isObject(payload) ? checkFlat(payload) : undefined) ?? checkWhole(payload);
}

/** Loaded with the first class that a handler declares. */
function loadLibraries() {
  const { plainToInstance, TransformationType } = require('class-transformer') as typeof import('class-transformer');
  const { getMetadataStorage, validate, ValidationTypes } =
    require('class-validator') as typeof import('class-validator');
  return { plainToInstance, TransformationType, getMetadataStorage, validate, ValidationTypes };
}

function isObject(payload: unknown): payload is object {
  return typeof payload === 'object' && payload !== null && !Array.isArray(payload);
}

function issuesOf(error: ValidationError, above = '', ofList = false): readonly PayloadIssue[] {
  const path = join(above, ofList ? Number(error.property) : error.property);
  return [
    ...Object.values(error.constraints ?? {}).map((message) => ({ path, message })),
    ...(error.children ?? []).flatMap((child) => issuesOf(child, path, isList(error.value))),
  ];
}

function isList(value: unknown): boolean {
  return Array.isArray(value) || value instanceof Set;
}
