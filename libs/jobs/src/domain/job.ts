import type { FailedAttempt } from './failure.js';
import type { JobState } from './job-state.js';
import type { StoredRetry } from './retry-policy.js';

/** Anything JSON can carry. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

/** Names one job: ids are unique in their queue. */
export interface JobKey {
  readonly queue: string;
  readonly id: string;
}

/** The options that travel with a job for the process that will run it; what is absent is the handler's default. */
export interface JobSettings {
  /** Milliseconds an attempt may take. */
  readonly timeout?: number;
  readonly retry?: StoredRetry;
  readonly metadata?: Readonly<Record<string, Json>>;
  readonly tags?: readonly string[];
  /** The context that a tracer gave it at submit, as headers by name (`traceparent`); no record shows it. */
  readonly trace?: TraceHeaders;
}

/** A trace's context as text, such as W3C's `traceparent`. */
export type TraceHeaders = Readonly<Record<string, string>>;

/** Of a job that travels with no options of its own, as most do. */
export const NO_SETTINGS: JobSettings = Object.freeze({});

/** Store default: how many deaths of its process a job survives. */
export const DEFAULT_MAX_CRASHES = 3;

/** A job as it is handed to a store. */
export interface JobSpec {
  readonly id: string;
  readonly type: string;
  /** JSON text: a store never looks inside. */
  readonly payload: string;
  readonly priority: number;
  /** When it may first run: milliseconds from now, or an epoch time; at once when absent or past. */
  readonly due?: { readonly delay: number } | { readonly at: number } | undefined;
  /** Milliseconds from submission after which it is not begun any more. */
  readonly expiresIn?: number | undefined;
  readonly maxAttempts: number;
  readonly maxCrashes: number;
  /** Milliseconds a finished job is kept; absent is the queue's own retention, 0 keeps nothing of a completed job. */
  readonly retain?: number | undefined;
  readonly settings: JobSettings;
}

/** A job as it is leased to a process. Times are the store's clock, in epoch milliseconds. */
export interface ClaimedJob {
  readonly id: string;
  readonly type: string;
  /** JSON text, exactly as submitted. */
  readonly payload: string;
  readonly priority: number;
  /** The attempt that begins with this claim; the first is 1. */
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly createdAt: number;
  /** When it last became pending: submitted, due, given back. Of a claim that was answered again, when it was claimed. */
  readonly pendingSince: number;
  /** How often it was released because no handler was known. */
  readonly strays: number;
  /** It was held by a process that died: run it beside at most no other young suspect. */
  readonly suspect: boolean;
  readonly settings: JobSettings;
}

/** Everything that is known of a job. Times are the store's clock, in epoch milliseconds. */
export interface JobRecord {
  readonly id: string;
  readonly queue: string;
  readonly type: string;
  readonly state: JobState;
  /** As it was submitted. */
  readonly payload: Json;
  /** Integer; higher runs first. */
  readonly priority: number;
  /** Attempts that have ended in a result or an error since the job was submitted, or last retried by hand. */
  readonly attempts: number;
  /** Attempts that it may have, the first one included. */
  readonly maxAttempts: number;
  /** Deaths of its process that this job is blamed for. */
  readonly crashes: number;
  /** Deaths of its process that it survives. */
  readonly maxCrashes: number;
  /** When it was submitted. */
  readonly createdAt: number;
  /** When it is due, for scheduled and retrying jobs. */
  readonly scheduledAt?: number;
  /** When its latest attempt was claimed. */
  readonly startedAt?: number;
  /** When it was completed, failed or cancelled. */
  readonly finishedAt?: number;
  /** When it fails as `expired` unless it has begun. */
  readonly expiresAt?: number;
  /** The process that holds it, while it runs. */
  readonly process?: string;
  /** A cancel has been asked for and its handler has not ended yet. */
  readonly cancelRequested: boolean;
  /** What its handler last told of its progress. */
  readonly progress?: Json;
  /** What its handler returned, for completed jobs. */
  readonly result?: Json;
  /** What ended it, for failed jobs; the latest failure, for retrying ones. */
  readonly error?: FailedAttempt;
  /** Every failed attempt, oldest first; the last 50 are kept. */
  readonly history: readonly FailedAttempt[];
  /** Lines of `job.log()`, oldest first; the last 100 are kept. */
  readonly log: readonly LogLine[];
  /** Milliseconds it is kept once finished; absent is its queue's retention. */
  readonly retain?: number;
  /** Milliseconds an attempt may take, where the submit said so. */
  readonly timeout?: number;
  /** What the submit said of retries. */
  readonly retry?: StoredRetry;
  /** What the submitter attached. */
  readonly metadata: Readonly<Record<string, Json>>;
  /** The words it was submitted with. */
  readonly tags: readonly string[];
}

/** One line a handler logged. */
export interface LogLine {
  /** Epoch milliseconds. */
  readonly at: number;
  /** The attempt that said it. */
  readonly attempt: number;
  /** Cut at 2,000 characters. */
  readonly message: string;
}

export const MAX_HISTORY = 50;
export const MAX_LOG_LINES = 100;
