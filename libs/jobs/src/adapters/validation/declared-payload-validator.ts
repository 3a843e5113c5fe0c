import { PayloadValidator } from '../../application/ports/payload-validator.js';
import { InvalidOptionError } from '../../domain/errors/errors.js';
import { checkByClass } from './class-payload.js';
import { checkBySchema, isSchema } from './schema-payload.js';

type PayloadType = Parameters<PayloadValidator['compile']>[1];

/** Checks payloads with class-validator, as an instance of the declared class, or with the Standard Schema declared. */
export class DeclaredPayloadValidator extends PayloadValidator {
  override compile(jobType: string, payload: PayloadType): (payload: unknown) => unknown {
    if (isSchema(payload)) {
      return checkBySchema(jobType, payload);
    }
    if (typeof payload === 'function' && typeof payload.prototype === 'object') {
      return checkByClass(jobType, payload);
    }
    throw new InvalidOptionError(
      `${jobType}.payload`,
      payload,
      "a class with class-validator's decorators, or a Standard Schema such as zod's",
    );
  }
}
