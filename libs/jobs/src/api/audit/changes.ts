import { HttpException, Injectable } from '@nestjs/common';
import { AUDITED_JOBS, type AuditEntry, AuditLog } from '../../application/ports/audit-log.js';
import { Log } from '../../application/ports/log.js';
import { JobsError } from '../../domain/errors/errors.js';
import { toError } from '../../domain/failure.js';
import type { ApiCaller } from '../access/api-request.js';
import { NotAuditedError } from '../answers/api-errors.js';
import { answerOf } from '../answers/error-status.js';

/** What is asked for: what the audit trail says of it before anything is done. */
export type Change = Pick<AuditEntry, 'action'> & Partial<Pick<AuditEntry, 'target' | 'jobs' | 'filter' | 'detail'>>;

/** What the trail says of it afterwards. */
export type Made = Partial<Pick<AuditEntry, 'jobs' | 'count' | 'detail'>>;

/** The longest detail that is kept, in characters: a change of the configuration may be as long as all of it. */
const MOST_DETAIL = 2_000;

/** Makes changes, each of which is written to the audit trail before it is made, and again with what became of it. */
@Injectable()
export class Changes {
  constructor(
    private readonly audit: AuditLog,
    private readonly log: Log,
  ) {}

  /**
   * @param told what the trail says of the answer
   * @throws NotAuditedError, and nothing is done · what `change` throws
   */
  async make<T>(
    caller: ApiCaller,
    asked: Change,
    change: () => Promise<T>,
    told: (answer: T) => Made = () => ({}),
  ): Promise<T> {
    const { who, requestId, ip } = caller;
    const { jobs = [], detail = '' } = asked;
    const entry: AuditEntry = {
      who,
      outcome: 'attempted',
      ...asked,
      ...(detail.length > MOST_DETAIL ? { detail: `${detail.slice(0, MOST_DETAIL)}…` } : {}),
      jobs: jobs.slice(0, AUDITED_JOBS),
      count: jobs.length,
      requestId,
      ...(ip === undefined ? {} : { ip }),
    };
    const id = await this.audit.append(entry).catch((error: unknown) => {
      throw new NotAuditedError(error);
    });
    let answer: T;
    try {
      answer = await change();
    } catch (error) {
      await this.conclude(id, { ...entry, ...outcomeOf(error) });
      throw error;
    }
    const made = told(answer);
    await this.conclude(id, {
      ...entry,
      ...made,
      jobs: (made.jobs ?? jobs).slice(0, AUDITED_JOBS).map(({ queue, id: job }) => ({ queue, id: job })),
      count: made.count ?? (made.jobs ?? jobs).length,
      outcome: 'done',
    });
    return answer;
  }

  /** What was done is done: that it stays `attempted` in the trail is for the log. */
  private async conclude(id: string, entry: AuditEntry): Promise<void> {
    try {
      await this.audit.conclude(id, entry);
    } catch (error) {
      const { action, who, requestId } = entry;
      this.log.warn(`The outcome of ${action} by '${who}' is not audited: ${toError(error).message}`, { requestId });
    }
  }
}

/** Refused is what the caller could have known; failed is anything else. */
function outcomeOf(error: unknown): Pick<AuditEntry, 'outcome' | 'detail'> {
  if (error instanceof JobsError) {
    return { outcome: answerOf(error).status < 500 ? 'refused' : 'failed', detail: error.code };
  }
  const isRefusal = error instanceof HttpException && error.getStatus() < 500;
  return { outcome: isRefusal ? 'refused' : 'failed', detail: toError(error).name };
}
