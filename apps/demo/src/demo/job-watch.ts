import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { isFinished, JobFailedError, type JobKey, type JobRef, JobService, ResultTimeoutError } from 'nestjs-jobs';
import type { Reminder } from '../orders/remind-unpaid.handler.js';
import { ProgressDisplay } from './progress-display.js';
import { Tally } from './tally.js';

/** Far more than any of the jobs needs, on a slow machine too. */
const DEADLINE_MS = 60_000;
const LOOK_EVERY_MS = 50;

/** Waits for jobs to end, in whatever process they run, and shows how far they are. */
@Injectable()
export class JobWatch {
  constructor(
    private readonly jobs: JobService,
    private readonly tally: Tally,
  ) {}

  /** Resolves when all have ended, those included that they submitted themselves. Answers the ids of all. */
  async all(refs: readonly JobRef[]): Promise<ReadonlySet<string>> {
    const ids = new Set(refs.map(({ id }) => id));
    for (const { type } of refs) {
      this.tally.submitted(type);
    }
    const display = new ProgressDisplay(() => this.tally.types);
    display.start();
    try {
      await Promise.all(
        refs.map(async (ref) => {
          const result = await this.ended(ref);
          const email = ref.type === 'payment-reminder' ? (result as Reminder | undefined)?.email : undefined;
          if (email !== undefined) {
            ids.add(email.id);
            await this.emailEnded(email);
          }
        }),
      );
    } finally {
      display.stop();
    }
    return ids;
  }

  private async ended(ref: JobRef): Promise<unknown> {
    try {
      const result = await ref.result({ timeout: DEADLINE_MS });
      this.tally.ended(ref.type, ref.id, 'done');
      return result;
    } catch (error) {
      if (error instanceof JobFailedError) {
        this.tally.ended(ref.type, ref.id, 'failed');
      } else if (!(error instanceof ResultTimeoutError)) {
        throw error;
      }
      return undefined;
    }
  }

  /** An e-mail that a reminder submitted: there is its id, and no reference to ask for the result. */
  private async emailEnded(email: JobKey): Promise<void> {
    this.tally.submitted('email');
    for (const deadline = Date.now() + DEADLINE_MS; Date.now() < deadline; await pause(LOOK_EVERY_MS)) {
      const state = (await this.jobs.get(email))?.state;
      if (state !== undefined && isFinished(state)) {
        this.tally.ended('email', email.id, state === 'completed' ? 'done' : 'failed');
        return;
      }
    }
  }
}
