/** One place in an index: ordered by `major`, then by `minor`, which is unique in the index. */
export interface Entry<T> extends Position {
  readonly value: T;
}

export interface Position {
  readonly major: number;
  readonly minor: number;
}

const CHUNK = 512;

/**
 * Entries in order, with fast insertion, removal and search anywhere: a list of short sorted arrays.
 *
 * Every order the store keeps (pending by priority, scheduled by due time, finished by time) is one of these, so that
 * there is one structure to trust, no stale entries, and no scan of a long queue.
 */
export class SortedIndex<T> {
  private readonly chunks: Entry<T>[][] = [];
  private count = 0;

  get size(): number {
    return this.count;
  }

  add(entry: Entry<T>): void {
    this.count++;
    const at = this.chunkFor(entry);
    const chunk = this.chunks[at];
    if (chunk === undefined) {
      this.append(entry);
      return;
    }
    chunk.splice(lowerBound(chunk, entry), 0, entry);
    if (chunk.length > CHUNK) {
      this.chunks.splice(at + 1, 0, chunk.splice(CHUNK / 2));
    }
  }

  delete(entry: Entry<T>): void {
    const at = this.chunkFor(entry);
    const chunk = this.chunks[at];
    const inChunk = chunk === undefined ? 0 : lowerBound(chunk, entry);
    if (chunk?.[inChunk] !== entry) {
      throw new RangeError('The entry is not in this index');
    }
    this.count--;
    chunk.splice(inChunk, 1);
    if (chunk.length === 0) {
      this.chunks.splice(at, 1);
    }
  }

  first(): Entry<T> | undefined {
    return this.chunks[0]?.[0];
  }

  last(): Entry<T> | undefined {
    return this.chunks.at(-1)?.at(-1);
  }

  /** The first entry at the position or behind it. */
  firstFrom(position: Position): Entry<T> | undefined {
    const chunk = this.chunks[this.chunkFor(position)];
    return chunk?.[lowerBound(chunk, position)];
  }

  /** In order, from the entry behind `after`. The index must not change meanwhile. */
  *ascending(after?: Position): IterableIterator<Entry<T>> {
    for (let at = after === undefined ? 0 : this.chunkFor(after); at < this.chunks.length; at++) {
      const chunk = this.chunks[at] as Entry<T>[];
      let inChunk = after === undefined ? 0 : lowerBound(chunk, after);
      for (; inChunk < chunk.length; inChunk++) {
        const entry = chunk[inChunk] as Entry<T>;
        if (after === undefined || compare(entry, after) !== 0) {
          yield entry;
        }
      }
    }
  }

  /** In reverse order, from the entry in front of `before`. The index must not change meanwhile. */
  *descending(before?: Position): IterableIterator<Entry<T>> {
    const last = this.chunks.length - 1;
    for (let at = before === undefined ? last : Math.min(this.chunkFor(before), last); at >= 0; at--) {
      const chunk = this.chunks[at] as Entry<T>[];
      let inChunk = (before === undefined ? chunk.length : lowerBound(chunk, before)) - 1;
      for (; inChunk >= 0; inChunk--) {
        yield chunk[inChunk] as Entry<T>;
      }
    }
  }

  private append(entry: Entry<T>): void {
    const last = this.chunks.at(-1);
    if (last !== undefined && last.length < CHUNK) {
      last.push(entry);
    } else {
      this.chunks.push([entry]);
    }
  }

  /** The first chunk whose last entry is not in front of the position; the number of chunks when there is none. */
  private chunkFor(position: Position): number {
    let low = 0;
    let high = this.chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const chunk = this.chunks[middle] as Entry<T>[];
      if (compare(chunk[chunk.length - 1] as Entry<T>, position) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}

function lowerBound(chunk: readonly Position[], position: Position): number {
  let low = 0;
  let high = chunk.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(chunk[middle] as Position, position) < 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/** By comparison, not by subtraction: a major may be infinite. */
function compare(a: Position, b: Position): number {
  if (a.major !== b.major) {
    return a.major < b.major ? -1 : 1;
  }
  return a.minor === b.minor ? 0 : a.minor < b.minor ? -1 : 1;
}
