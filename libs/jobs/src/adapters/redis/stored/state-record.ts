/**
 * The mutable part of a job, as the scripts write it: fourteen fields and the result, parted by `|`. A job that is as it
 * was submitted, and pending, has none.
 */
export interface StateRecord {
  readonly state: string;
  readonly token: string;
  readonly holder: string;
  readonly attempts: number;
  readonly crashes: number;
  readonly strays: number;
  /** s suspect, c cancel requested, h history, l log, g progress. */
  readonly flags: string;
  readonly priority: number;
  /** Due time of waiting jobs, time of finish of finished ones; else when it came into its state. */
  readonly at: number;
  readonly startedAt?: number;
  readonly expiresAt?: number;
  /** JSON text. */
  readonly result?: string;
}

const FIELDS = 14;

/** Reads a state record; `undefined` when it is none. */
export function readStateRecord(text: string): StateRecord | undefined {
  const fields: string[] = [];
  let from = 0;
  while (fields.length < FIELDS) {
    const to = text.indexOf('|', from);
    if (to < 0) {
      return undefined;
    }
    fields.push(text.slice(from, to));
    from = to + 1;
  }
  const [state, token, holder, , attempts, crashes, strays, flags, priority, at, startedAt, , expiresAt] =
    fields as readonly string[] as readonly [string, string, ...string[]];
  const result = text.slice(from);
  const record = {
    state,
    token,
    holder: holder as string,
    attempts: Number(attempts),
    crashes: Number(crashes),
    strays: Number(strays),
    flags: flags as string,
    priority: Number(priority),
    at: Number(at),
    ...(startedAt === '' ? {} : { startedAt: Number(startedAt) }),
    ...(expiresAt === '' ? {} : { expiresAt: Number(expiresAt) }),
    ...(result === '' ? {} : { result }),
  };
  return hasNumbers(record) ? record : undefined;
}

function hasNumbers(record: StateRecord): boolean {
  const { attempts, crashes, strays, priority, at, startedAt = 0, expiresAt = 0 } = record;
  // One that is no number makes the sum none.
  return Number.isFinite(attempts + crashes + strays + priority + at + startedAt + expiresAt);
}
