/** An object without the properties that are `undefined`: options told as `undefined` count as not told. */
export function defined<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> };
export function defined(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined));
}
