/** What one script handles at most: longer ones would hold up everyone else on the server. */
export const BATCH_JOBS = 500;
export const BATCH_BYTES = 65_536;
/** What costs a script several commands a job goes in shorter batches: Redis is held for some milliseconds at most. */
export const BATCH_MOVES = 100;

/** Shorter texts are not counted to the byte, which costs more than it tells: a character is one, and three at the most. */
const SHORT = 512;

/** The bytes of a text in UTF-8; of a short one its characters. */
export function textBytes(text: string): number {
  return text.length < SHORT ? text.length : Buffer.byteLength(text);
}

/** Cuts items into batches of at most 500, or as many as told, and 64 KiB by the given measure; one larger item goes alone. */
export function inBatches<T>(
  items: readonly T[],
  bytes: (item: T) => number = () => 0,
  most = BATCH_JOBS,
): readonly (readonly T[])[] {
  const batches: (readonly T[])[] = [];
  let first = 0;
  let size = 0;
  for (let index = 0; index < items.length; index++) {
    const more = bytes(items[index] as T);
    if (index - first === most || (index > first && size + more > BATCH_BYTES)) {
      batches.push(items.slice(first, index));
      first = index;
      size = 0;
    }
    size += more;
  }
  if (first < items.length) {
    batches.push(first === 0 ? items : items.slice(first));
  }
  return batches;
}
