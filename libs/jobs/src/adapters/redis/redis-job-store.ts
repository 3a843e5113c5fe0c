import {
  type Claim,
  type ClaimRequest,
  JobStore,
  type ReportRequest,
  type ReportReceipt,
  type SettleReceipt,
  type SettleRequest,
  type SubmitReceipt,
  type SubmitRequest,
  type TickReply,
  type TickRequest,
} from '../../application/ports/job-store.js';
import type { ClaimedJob } from '../../domain/job.js';
import type { JobState } from '../../domain/job-state.js';
import { DEFAULT_QUEUE_SETTINGS } from '../../domain/queue-settings.js';
import { checkHolder, places, refusals } from './answers.js';
import { BATCH_JOBS, inBatches, textBytes } from './batches.js';
import { toClaimedJob } from './job-record.js';
import { reportArguments } from './report-arguments.js';
import type { ScriptCaller } from './script-caller.js';
import { type Settling, settleArguments, settlingBytes } from './settle-arguments.js';
import { toStoredId } from './stored-id.js';
import { submitArguments } from './submit-arguments.js';

/** A claim or a tick that finds no server is soon repeated by its caller: it is not sent again for long. */
const SHORT_PATIENCE = 10_000;
const RETENTION = [DEFAULT_QUEUE_SETTINGS.retainAge, DEFAULT_QUEUE_SETTINGS.retainCount] as const;

/** The write side on Redis: each verb is one script for up to 500 jobs of one queue. */
export class RedisJobStore extends JobStore {
  constructor(private readonly caller: ScriptCaller) {
    super();
  }

  /** One batch after the other, so that a Redis that becomes full has taken whole batches from the front. */
  override async submit({ queue, specs }: SubmitRequest): Promise<readonly SubmitReceipt[]> {
    const receipts: SubmitReceipt[] = [];
    for (const batch of inBatches(specs, ({ payload }) => textBytes(payload))) {
      const args = submitArguments(batch);
      const answer = (await this.caller.change(queue, 'submit', args)) as string;
      readReceipts(answer, batch.length, receipts);
    }
    return receipts;
  }

  override async claim({ queue, holder, limit, lease, suspects, standBy = 0 }: ClaimRequest): Promise<Claim> {
    checkHolder(holder);
    const args = [holder, Math.min(limit, BATCH_JOBS), lease, suspects ? 'yes' : 'no', standBy];
    const reply = (await this.changeLeases(queue, holder, 'claim', args)) as readonly string[];
    const [token = '0', more = '', dueIn = '', now] = reply;
    const jobs: ClaimedJob[] = [];
    const corrupt: string[] = [];
    for (let at = 4; at + 1 < reply.length; at += 2) {
      const storedId = reply[at] as string;
      const job = toClaimedJob(storedId, reply[at + 1] as string);
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
    const receipts: SettleReceipt[] = settlements.map(() => 'ok');
    const all: readonly Settling[] = settlements.map((settlement, index) => ({ settlement, index }));
    await Promise.all(
      inBatches(all, settlingBytes).map(async (batch) => {
        const { args, order, late } = settleArguments(holder, batch);
        const answer = (await this.caller.change(queue, 'settle', [holder, ...RETENTION, ...args])) as string;
        for (const index of late) {
          receipts[index] = 'lost-lease';
        }
        for (const { place, receipt } of refusals(answer)) {
          receipts[order[place] as number] = receipt;
        }
      }),
    );
    return receipts;
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

function readReceipts(answer: string, number: number, receipts: SubmitReceipt[]): void {
  if (answer.startsWith('*')) {
    const receipt = readReceipt(answer.slice(1));
    for (let index = 0; index < number; index++) {
      receipts.push(receipt);
    }
    return;
  }
  receipts.push(...answer.split(',').map(readReceipt));
}

function readReceipt(text: string): SubmitReceipt {
  const [word, detail = ''] = text.split(':');
  switch (word) {
    case 'duplicate':
      return { status: 'duplicate', state: detail as JobState };
    case 'rejected':
      return { status: 'rejected', maxDepth: Number(detail) };
    case 'too-many-scheduled':
      return { status: word, maxScheduled: Number(detail) };
    case 'dropped':
      return { status: 'dropped', maxDepth: Number(detail) };
    default:
      return { status: 'added', state: word as JobState };
  }
}
