import type { PayloadType } from '../handlers/handler.js';

/** Makes the check that a handler's declared payload asks for. */
export abstract class PayloadValidator {
  /**
   * A function that answers the payload as the handler is to get it (an instance of the class, or the schema's output),
   * or throws or rejects with InvalidPayloadError naming each field.
   *
   * @throws InvalidOptionError when the payload type is neither a class nor a Standard Schema
   */
  abstract compile(jobType: string, payload: PayloadType): (payload: unknown) => unknown;
}
