import {
  AUDIT_KEPT,
  type AuditEntry,
  AuditLog,
  type AuditPage,
  type AuditQuery,
  type AuditRecord,
  isAudited,
} from '../../application/ports/audit-log.js';
import type { Clock } from '../../application/ports/clock.js';
import { SCAN_LIMIT } from '../../application/ports/job-inspector.js';
import { InvalidOptionError } from '../../domain/errors/errors.js';

/** The audit trail of a memory store: it ends with the process. */
export class MemoryAuditLog extends AuditLog {
  private readonly records = new Map<number, AuditRecord>();
  private last = 0;

  constructor(
    private readonly clock: Clock,
    private readonly kept = AUDIT_KEPT,
  ) {
    super();
  }

  override async append(entry: AuditEntry): Promise<string> {
    const number = ++this.last;
    this.records.set(number, { ...structuredClone(entry), id: String(number), at: this.clock.now() });
    this.records.delete(number - this.kept);
    return String(number);
  }

  override async conclude(id: string, entry: AuditEntry): Promise<void> {
    const present = this.records.get(Number(id));
    if (present !== undefined) {
      this.records.set(Number(id), { ...structuredClone(entry), id, at: present.at });
    }
  }

  override async list(query: AuditQuery): Promise<AuditPage> {
    const entries: AuditRecord[] = [];
    const from = query.cursor === undefined ? this.last : Math.min(this.last, parseCursor(query.cursor) - 1);
    let scanned = 0;
    for (let number = from; this.records.has(number); number--) {
      if (entries.length === query.limit || scanned === SCAN_LIMIT) {
        return { entries, scanned, cursor: String(number + 1) };
      }
      scanned++;
      const record = this.records.get(number) as AuditRecord; // as was just asked
      if (isAudited(record, query)) {
        entries.push(structuredClone(record));
      }
    }
    return { entries, scanned };
  }
}

function parseCursor(cursor: string): number {
  if (/^\d{1,15}$/.test(cursor)) {
    return Number(cursor);
  }
  throw new InvalidOptionError('cursor', cursor, 'the cursor of a page of the audit trail');
}
