/** The deep equality of jest and vitest, asymmetric matchers included. */
export type Equals = (received: unknown, expected: unknown) => boolean;

/**
 * True when the received value has at least what is expected, at any depth: objects may have more properties, lists have
 * to be as long.
 */
export function matchesPart(received: unknown, expected: unknown, equals: Equals): boolean {
  if (Array.isArray(expected)) {
    return (
      Array.isArray(received) &&
      received.length === expected.length &&
      expected.every((each, index) => matchesPart(received[index], each, equals))
    );
  }
  if (!isPlain(expected)) {
    return equals(received, expected);
  }
  return (
    typeof received === 'object' &&
    received !== null &&
    Object.entries(expected).every(([key, each]) =>
      matchesPart((received as Readonly<Record<string, unknown>>)[key], each, equals),
    )
  );
}

/** Neither an asymmetric matcher nor an instance of some class. */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || 'asymmetricMatch' in value) {
    return false;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || (prototype as object).constructor?.name === 'Object';
}
