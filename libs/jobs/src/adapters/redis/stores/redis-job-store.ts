import {
  type Claim,
  type ClaimRequest,
  JobStore,
  type ReportRequest,
  type ReportReceipt,
  type Settlement,
  type SettleReceipt,
  type SettleRequest,
  type SubmitReceipt,
  type SubmitRequest,
  type TickReply,
  type TickRequest,
} from '../../../application/ports/job-store.js';
import type { UnconfirmedWrite } from '../../../domain/errors/durability-errors.js';
import type { ClaimedJob } from '../../../domain/job.js';
import type { JobState } from '../../../domain/job-state.js';
import { DEFAULT_QUEUE_SETTINGS } from '../../../domain/queue-settings.js';
import { checkHolder, places, refusals } from '../scripts/answers.js';
import { BATCH_JOBS, inBatches, textBytes } from '../scripts/batches.js';
import { toClaimedJob } from '../stored/job-record.js';
import { reportArguments } from '../scripts/report-arguments.js';
import type { ScriptCaller } from '../scripts/script-caller.js';
import { settleArguments, settlingBytes } from '../scripts/settle-arguments.js';
import { toStoredId } from '../stored/stored-id.js';
import { submitArguments } from '../scripts/submit-arguments.js';

/** A claim or a tick that finds no server is soon repeated by its caller: it is not sent again for long. */
const SHORT_PATIENCE = 10_000;
/** Of the claim script's answer: what it says of the claim, and the ids, stand before. */
const FIRST_ENVELOPE = 5;
const RETENTION = [DEFAULT_QUEUE_SETTINGS.retainAge, DEFAULT_QUEUE_SETTINGS.retainCount] as const;

/** The write side on Redis: each verb is one script for up to 500 jobs of one queue. */
export class RedisJobStore extends JobStore {
  constructor(private readonly caller: ScriptCaller) {
    super();
  }

  /**
   * One batch after the other, so that a Redis that becomes full has taken whole batches from the front. Once one is not
   * confirmed in time, what is left is only stored: no one batch after another is waited for.
   */
  override async submit({ queue, specs, patience }: SubmitRequest): Promise<readonly SubmitReceipt[]> {
    const receipts: SubmitReceipt[] = [];
    let unconfirmed: UnconfirmedWrite | undefined;
    for (const batch of inBatches(specs, ({ payload }) => textBytes(payload))) {
      const args = submitArguments(batch);
      let answer: unknown;
      if (unconfirmed === undefined) {
        ({ answer, unconfirmed } = await this.caller.changeConfirmed(queue, 'submit', args, patience));
      } else {
        answer = await this.caller.change(queue, 'submit', args, patience);
      }
      readReceipts(answer as string, batch.length, unconfirmed, receipts);
    }
    return receipts;
  }

  override async claim({ queue, holder, limit, lease, suspects, standBy = 0 }: ClaimRequest): Promise<Claim> {
    checkHolder(holder);
    const args = [holder, Math.min(limit, BATCH_JOBS), lease, suspects ? 'yes' : 'no', standBy];
    const reply = (await this.changeLeases(queue, holder, 'claim', args)) as readonly string[];
    const [token = '0', more = '', dueIn = '', now, ids = ''] = reply;
    const storedIds = ids.split('\n');
    const jobs: ClaimedJob[] = [];
    const corrupt: string[] = [];
    for (let at = FIRST_ENVELOPE; at < reply.length; at++) {
      const storedId = storedIds[at - FIRST_ENVELOPE] as string;
      const job = toClaimedJob(storedId, reply[at] as string);
      if (job === undefined) {
        corrupt.push(storedId);
      } else {
        jobs.push(job);
      }
    }
    if (corrupt.length > 0) {
      const endings = corrupt.flatMap((storedId) => [storedId, token, 'corrupt', '', '']);
      await this.caller.change(queue, 'settle', [holder, ...RETENTION, 0, ...endings]);
    }
    return {
      token: jobs.length === 0 ? 0 : Number(token),
      jobs,
      more: more.startsWith('more'),
      moreSuspects: more.endsWith(' suspects'),
      ...(dueIn === '' ? {} : { dueIn: Number(dueIn) }),
      now: Number(now),
    };
  }

  override async settle({ queue, holder, settlements }: SettleRequest): Promise<readonly SettleReceipt[]> {
    checkHolder(holder);
    const receipts = settlements.map((): SettleReceipt => 'ok');
    let first = 0;
    const settling: Promise<void>[] = [];
    for (const batch of inBatches(settlements, settlingBytes)) {
      settling.push(this.settleBatch(queue, holder, batch, first, receipts));
      first += batch.length;
    }
    await Promise.all(settling);
    return receipts;
  }

  /** Settles one batch, and writes what was refused of it into the receipts, from `first` on. */
  private async settleBatch(
    queue: string,
    holder: string,
    batch: readonly Settlement[],
    first: number,
    receipts: SettleReceipt[],
  ): Promise<void> {
    const { args, order, late } = settleArguments(holder, batch);
    const answer = (await this.caller.change(queue, 'settle', [holder, ...RETENTION, ...args])) as string;
    for (const place of late) {
      receipts[first + place] = 'lost-lease';
    }
    for (const { place, receipt } of refusals(answer)) {
      receipts[first + (order[place] as number)] = receipt;
    }
  }

  override async report({ queue, holder, reports }: ReportRequest): Promise<readonly ReportReceipt[]> {
    checkHolder(holder);
    const receipts: ReportReceipt[] = reports.map(() => 'ok');
    const all = reports.map((report, index) => ({ args: reportArguments(report), index }));
    // One batch after the other: a later progress must not be overtaken.
    for (const batch of inBatches(all, ({ args }) => args.reduce<number>((sum, arg) => sum + String(arg).length, 0))) {
      const args = batch.flatMap((report) => report.args);
      const answer = (await this.caller.change(queue, 'report', [holder, ...args])) as string;
      for (const place of places(answer)) {
        receipts[(batch[place] as (typeof batch)[number]).index] = 'lost-lease';
      }
    }
    return receipts;
  }

  override async tick({ queue, holder, lease, held, reclaimsUntil }: TickRequest): Promise<TickReply> {
    checkHolder(holder);
    const jobs = held.flatMap(({ id, token, cleared }) => [toStoredId(id), token, cleared === true ? 'cleared' : '']);
    const args = [holder, lease, ...RETENTION, reclaimsUntil ?? '', ...jobs];
    let reply: readonly string[];
    do {
      // A resend is told to ask again: what is held is compared anew, under a sequence of its own.
      reply = (await this.changeLeases(queue, holder, 'tick', args)) as readonly string[];
    } while (reply[0] === 'again');
    const [more, dueIn = '', ready, now, lost = '', cancelled = '', lapsesIn] = reply;
    return {
      // The places are of jobs that were sent.
      lost: places(lost).map((place) => ({ id: held[place]!.id, token: held[place]!.token })),
      cancelled: places(cancelled).map((place) => held[place]!.id),
      more: more === 'more',
      ...(dueIn === '' ? {} : { dueIn: Number(dueIn) }),
      lapsesIn: Number(lapsesIn),
      ready: ready === 'ready',
      now: Number(now),
    };
  }

  override async retire({ queue, holder }: { readonly queue: string; readonly holder: string }): Promise<void> {
    checkHolder(holder);
    await this.changeLeases(queue, holder, 'retire', [holder]);
  }

  /** A tick that comes late must not take what was claimed since for leases that the holder does not know of. */
  private changeLeases(
    queue: string,
    holder: string,
    script: 'claim' | 'tick' | 'retire',
    args: readonly (string | number)[],
  ): Promise<unknown> {
    return this.caller.changeInTurn(queue, holder, script, args, Math.min(SHORT_PATIENCE, this.caller.patience));
  }
}

function readReceipts(
  answer: string,
  number: number,
  unconfirmed: UnconfirmedWrite | undefined,
  receipts: SubmitReceipt[],
): void {
  if (answer.startsWith('*')) {
    const receipt = readReceipt(answer.slice(1), unconfirmed);
    for (let index = 0; index < number; index++) {
      receipts.push(receipt);
    }
    return;
  }
  receipts.push(...answer.split(',').map((text) => readReceipt(text, unconfirmed)));
}

function readReceipt(text: string, unconfirmed: UnconfirmedWrite | undefined): SubmitReceipt {
  const kept = unconfirmed === undefined ? {} : { unconfirmed };
  const [word, detail = ''] = text.split(':');
  switch (word) {
    case 'duplicate':
      return { status: 'duplicate', state: detail as JobState, ...kept };
    case 'rejected':
      return { status: 'rejected', maxDepth: Number(detail) };
    case 'too-many-scheduled':
      return { status: word, maxScheduled: Number(detail) };
    case 'dropped':
      return { status: 'dropped', maxDepth: Number(detail), ...kept };
    default:
      return { status: 'added', state: word as JobState, ...kept };
  }
}
