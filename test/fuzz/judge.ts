import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { JobsError } from 'nestjs-jobs';

/** Codes that the guide documents: every error has one of them. */
const CODES: ReadonlySet<string> = new Set(
  [...readFileSync(join(__dirname, '../../docs/guide/errors.md'), 'utf8').matchAll(/^\| `([a-z-]+)`/gm)].map(
    ([, code = '']) => code,
  ),
);

/** The longest message: a megabyte of input is not told back. */
const LONGEST_MESSAGE = 20_000;

export type Judged<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: JobsError; readonly code: string };

/** What a call came to: a success, or an error of the package with a documented code. Anything else fails the test. */
export async function judged<T>(call: () => T | Promise<T>): Promise<Judged<T>> {
  let value: T;
  try {
    value = await call();
  } catch (error) {
    return refusal(error);
  } finally {
    checkPrototypes();
  }
  return { ok: true, value };
}

/** As {@link judged}, of what answers at once. */
export function judgedNow<T>(call: () => T): Judged<T> {
  try {
    return { ok: true, value: call() };
  } catch (error) {
    return refusal(error);
  } finally {
    checkPrototypes();
  }
}

/** The error, which must be one of the package. */
export function refusal(error: unknown): { readonly ok: false; readonly error: JobsError; readonly code: string } {
  if (!(error instanceof JobsError) || !CODES.has(error.code)) {
    throw new Error(`No error of the package: ${inspect(error)}`, { cause: error });
  }
  if (error.message.length > LONGEST_MESSAGE) {
    throw new Error(`A message of ${error.message.length} characters: ${error.message.slice(0, 500)}`);
  }
  checkCause(error.cause);
  return { ok: false, error, code: error.code };
}

/** An input that throws when it is looked at is refused with that as the cause; a fault of ours must not pass for one. */
function checkCause(cause: unknown): void {
  const isOurs = (cause instanceof TypeError || cause instanceof RangeError) && !OF_THE_INPUT.test(cause.message);
  if (isOurs) {
    throw new Error(`A fault that passes for bad input: ${inspect(cause)}`, { cause });
  }
}

/** What JavaScript itself says of values that cannot be looked at, turned into text or carried by JSON. */
const OF_THE_INPUT = /revoked|primitive value|Symbol|BigInt|circular|call stack|string length|toJSON/i;

const PROTOTYPES = [Object.prototype, Array.prototype, Function.prototype, String.prototype, Error.prototype].map(
  (prototype) => [prototype, Reflect.ownKeys(prototype)] as const,
);

/** What every object has must be what it was. */
export function checkPrototypes(): void {
  for (const [prototype, keys] of PROTOTYPES) {
    if (Reflect.ownKeys(prototype).length !== keys.length) {
      throw new Error(`Every object has been given something: ${inspect(Reflect.ownKeys(prototype))}`);
    }
  }
}
