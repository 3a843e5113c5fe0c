import type { OverlapPolicy } from '../../libs/jobs/src/domain/schedules/schedule.js';

/** A step of time; every delay lies between two of them, so that it does not matter how long a run takes. */
export const UNIT = 3_600_000;

/** How long holders count as alive: between one step of time and two. */
export const LEASE = UNIT + UNIT / 2;

/** How many of each there are. */
export const IDS = 12;
export const HOLDERS = 3;
export const QUEUES = 3;
export const SCHEDULES = 2;

export interface NewJob {
  /** Which of a few ids, so that some are submitted again. */
  readonly id: number;
  readonly priority: number;
  /** Whole units until it is due; at once when absent. */
  readonly delay?: number | undefined;
  readonly expires?: number | undefined;
  readonly maxCrashes: number;
  /** Whole units; 0 keeps nothing of a completed job. */
  readonly retain?: number | undefined;
}

export type SettleKind = 'completed' | 'retry' | 'failed' | 'cancelled' | 'snoozed' | 'released' | 'released-for-later';

/** What a step does. Numbers that pick among leases count from the latest on, modulo how many there are. */
export type Act =
  | { readonly kind: 'submit'; readonly jobs: readonly NewJob[] }
  | { readonly kind: 'claim'; readonly holder: number; readonly limit: number; readonly suspects: boolean }
  | { readonly kind: 'settle'; readonly leases: readonly number[]; readonly as: SettleKind; readonly delay: number }
  | { readonly kind: 'report'; readonly lease: number; readonly progress: number }
  | {
      readonly kind: 'tick';
      readonly holder: number;
      /** Of the leases it holds it knows all but each one whose number this divides; 0 knows all. */
      readonly forgets: number;
      readonly clears: boolean;
    }
  /** In every queue: the process is gone, and comes back as another. */
  | { readonly kind: 'crash'; readonly holder: number }
  | { readonly kind: 'retire'; readonly holder: number }
  | { readonly kind: 'cancel' | 'retry' | 'promote' | 'remove'; readonly jobs: readonly number[] }
  | { readonly kind: 'reschedule'; readonly jobs: readonly number[]; readonly delay: number }
  | { readonly kind: 'reprioritise'; readonly jobs: readonly number[]; readonly priority: number }
  /** `purge` forgets the dead letters, `clear` what waits. */
  | { readonly kind: 'pause' | 'resume' | 'clear' | 'purge' }
  | {
      readonly kind: 'configure';
      readonly concurrency?: number | undefined;
      readonly maxDepth?: number | undefined;
      readonly maxScheduled?: number | undefined;
      readonly onFull: 'block' | 'drop-newest' | 'drop-oldest';
      readonly retainAge: number;
      readonly retainCount: number;
    }
  | {
      readonly kind: 'put-schedule';
      readonly schedule: number;
      /** Whole units until it is due; it is disabled when absent. */
      readonly next?: number | undefined;
      readonly overlap: OverlapPolicy;
      readonly keepsWaiting: boolean;
      /** Decided on what was read before the latest change. */
      readonly stale: boolean;
    }
  | { readonly kind: 'remove-schedule'; readonly schedule: number }
  | {
      readonly kind: 'fire';
      readonly schedule: number;
      /** `listed`: as a process does that asks each queue what is due, for one of those where there are any. */
      readonly cause: 'listed' | 'due' | 'released' | 'by-hand';
      readonly next?: number | undefined;
      readonly maxRuns: number;
      /** The occurrence is passed over when absent. */
      readonly job?: number | undefined;
      readonly stale: boolean;
    }
  /** In every queue. */
  | { readonly kind: 'advance'; readonly units: number };

/** One step of a history. */
export type Command = Act & {
  readonly queue: number;
  /** Replies to calls of this step that are lost on their way, so that they are asked for again. None when absent. */
  readonly loses?: number | undefined;
};

export type History = readonly Command[];
