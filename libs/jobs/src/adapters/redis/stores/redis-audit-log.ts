import {
  AUDIT_KEPT,
  type AuditEntry,
  AuditLog,
  type AuditPage,
  type AuditQuery,
  type AuditRecord,
  isAudited,
} from '../../../application/ports/audit-log.js';
import { SCAN_LIMIT } from '../../../application/ports/job-inspector.js';
import { InvalidOptionError } from '../../../domain/errors/errors.js';
import { SYSTEM } from '../stored/keys.js';
import type { ScriptCaller } from '../scripts/script-caller.js';
import { readJsonObject } from '../stored/stored-json.js';

/** Entries that are read at one moment. */
const READ_AT_ONCE = 100;

/** The audit trail on Redis: a hash whose numbered fields are the last entries. */
export class RedisAuditLog extends AuditLog {
  constructor(
    private readonly caller: ScriptCaller,
    private readonly kept = AUDIT_KEPT,
  ) {
    super();
  }

  override async append(entry: AuditEntry): Promise<string> {
    return (await this.caller.change(SYSTEM, 'auditAppend', [JSON.stringify(entry), this.kept])) as string;
  }

  override async conclude(id: string, entry: AuditEntry): Promise<void> {
    await this.caller.restate(SYSTEM, 'auditConclude', [id, JSON.stringify(entry)]);
  }

  override async list(query: AuditQuery): Promise<AuditPage> {
    const entries: AuditRecord[] = [];
    let from = query.cursor === undefined ? Number.MAX_SAFE_INTEGER : parseCursor(query.cursor) - 1;
    let scanned = 0;
    for (;;) {
      const { records, isLast } = await this.read(from, READ_AT_ONCE);
      for (const record of records) {
        if (entries.length === query.limit || scanned === SCAN_LIMIT) {
          return { entries, scanned, cursor: String(Number(record.id) + 1) };
        }
        scanned++;
        from = Number(record.id) - 1;
        if (isAudited(record, query)) {
          entries.push(record);
        }
      }
      if (isLast) {
        return { entries, scanned };
      }
    }
  }

  /** An entry that cannot be read is left out. */
  private async read(
    from: number,
    most: number,
  ): Promise<{ readonly records: readonly AuditRecord[]; readonly isLast: boolean }> {
    const reply = (await this.caller.readNow(SYSTEM, 'auditRead', [from, most])) as readonly string[];
    const records: AuditRecord[] = [];
    for (let at = 0; at + 1 < reply.length; at += 2) {
      const kept = reply[at + 1] as string;
      const space = kept.indexOf(' ');
      const entry = readJsonObject(kept.slice(space + 1)) as Partial<AuditEntry> | undefined;
      if (typeof entry?.who === 'string' && Array.isArray(entry.jobs)) {
        records.push({ ...(entry as AuditEntry), id: reply[at] as string, at: Number(kept.slice(0, space)) });
      }
    }
    return { records, isLast: reply.length < 2 * most };
  }
}

function parseCursor(cursor: string): number {
  if (/^\d{1,15}$/.test(cursor)) {
    return Number(cursor);
  }
  throw new InvalidOptionError('cursor', cursor, 'the cursor of a page of the audit trail');
}
