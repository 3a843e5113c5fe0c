import type { JobKey, Json } from '../../domain/job.js';

/** Who changed what by hand, kept for those who ask later: the last {@link AUDIT_KEPT} changes, payloads never. */
export abstract class AuditLog {
  /** Keeps an entry, with the store's time; answers its id. */
  abstract append(entry: AuditEntry): Promise<string>;

  /** Replaces what is kept of an entry; its time stays. One that is not kept any more is left alone. */
  abstract conclude(id: string, entry: AuditEntry): Promise<void>;

  /**
   * Newest first. Filters scan: at most 1,000 entries a call, and the page then has fewer than asked for and a cursor
   * to go on from.
   *
   * @throws InvalidOptionError for an unreadable cursor
   */
  abstract list(query: AuditQuery): Promise<AuditPage>;
}

/** Entries kept; the oldest goes when one more comes. */
export const AUDIT_KEPT = 10_000;

/** Jobs that an entry names, at most; `count` says how many there were. */
export const AUDITED_JOBS = 20;

/** What has become of a change. One that stays `attempted` was cut off: it may have been made. */
export const AUDIT_OUTCOMES = ['attempted', 'done', 'refused', 'failed'] as const;
export type AuditOutcome = (typeof AUDIT_OUTCOMES)[number];

/** One change, as it is told. */
export interface AuditEntry {
  /** Who asked for it. */
  readonly who: string;
  /** What was asked for, such as `jobs.cancel`. */
  readonly action: string;
  readonly outcome: AuditOutcome;
  /** What it was asked of, where it is no job: a queue, a worker or a schedule. */
  readonly target?: string;
  /** The first {@link AUDITED_JOBS} jobs. */
  readonly jobs: readonly JobKey[];
  /** How many jobs it was asked of or, once done, how many it has touched. */
  readonly count: number;
  /** Which jobs were meant, where they were not named. */
  readonly filter?: Readonly<Record<string, Json>>;
  /** What was set, or why it was refused. */
  readonly detail?: string;
  /** Names the request in answers and logs. */
  readonly requestId?: string;
  /** Where the request came from. */
  readonly ip?: string;
}

/** One change, as it is kept. */
export interface AuditRecord extends AuditEntry {
  readonly id: string;
  /** Store time, epoch milliseconds. */
  readonly at: number;
}

export interface AuditQuery {
  readonly who?: string;
  readonly action?: string;
  readonly outcome?: AuditOutcome;
  /** Entries at most. */
  readonly limit: number;
  /** Where the page before ended. */
  readonly cursor?: string;
}

export interface AuditPage {
  readonly entries: readonly AuditRecord[];
  /** Absent when there is nothing more. */
  readonly cursor?: string;
  /** Entries looked at. */
  readonly scanned: number;
}

/** True for an entry that the query asks for. */
export function isAudited(entry: AuditEntry, { who, action, outcome }: AuditQuery): boolean {
  return (
    (who === undefined || entry.who === who) &&
    (action === undefined || entry.action === action) &&
    (outcome === undefined || entry.outcome === outcome)
  );
}
