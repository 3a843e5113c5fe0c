import type { JobSettings, JobSpec, Json } from '../job.js';
import type { Timing } from '../timetable/timing.js';

/** What is done about occurrences that fell due while nobody ran: nothing, one run for all of them, or a run each. */
export const MISSED_POLICIES = ['skip', 'once', 'all'] as const;
/** What is done about occurrences that fell due while nobody ran. */
export type MissedPolicy = (typeof MISSED_POLICIES)[number];

/** What an occurrence does while a job of the schedule before it has not ended. */
export const OVERLAP_POLICIES = ['allow', 'skip', 'queue-one', 'cancel-previous'] as const;
/** What an occurrence does while a job of the schedule before it has not ended. */
export type OverlapPolicy = (typeof OVERLAP_POLICIES)[number];

/** Who made a schedule: the code of a process, by a decorator or the module's options, or a call at run time. */
export type ScheduleOrigin = 'code' | 'api';

/** Who switched a schedule off: a person, or a check that found no process whose code declares it any more. */
export type DisabledBy = 'person' | 'undeclared';

/** Jobs of a schedule whose ids are kept. */
export const RECENT_JOBS = 20;

/** What each job of a schedule is made from: a job without an id, a payload and a time. */
export type JobTemplate = Omit<JobSpec, 'id' | 'type' | 'payload' | 'due'>;

/** What the jobs of a schedule are submitted with. Durations in milliseconds; what is absent is the handler's default. */
export interface ScheduledJobView extends JobSettings {
  readonly priority: number;
  readonly maxAttempts: number;
  readonly maxCrashes: number;
  readonly retain?: number;
  readonly expiresIn?: number;
}

/** What a schedule says: plain data, of which a store sees the text only. */
export interface ScheduleDefinition {
  readonly type: string;
  /** JSON text. */
  readonly payload: string;
  readonly template: JobTemplate;
  readonly timing: Timing;
  /** Milliseconds by which an occurrence may come later, drawn anew for each. */
  readonly jitter: number;
  /** Runs after which it ends; 0 is without end. */
  readonly maxRuns: number;
  readonly missed: MissedPolicy;
  readonly overlap: OverlapPolicy;
  readonly origin: ScheduleOrigin;
  /** Whether the code that declares it has it switched on; absent of one that no code declares. */
  readonly declaredEnabled?: boolean;
  /** Absent while it is enabled. */
  readonly disabledBy?: DisabledBy;
}

/** One time of a timetable, and when it is really due: later by its jitter. Epoch milliseconds. */
export interface Occurrence {
  readonly time: number;
  readonly due: number;
}

/** A schedule as it is now. Times are epoch milliseconds, durations milliseconds. */
export interface ScheduleRecord {
  readonly id: string;
  readonly queue: string;
  readonly type: string;
  readonly payload: Json;
  readonly job: ScheduledJobView;
  readonly expression: string;
  /** IANA name. */
  readonly timezone: string;
  readonly startAt?: number;
  readonly endAt?: number;
  /** Dates, ranges and expressions that are left out. */
  readonly except: readonly string[];
  readonly jitter: number;
  readonly maxRuns: number;
  readonly missed: MissedPolicy;
  readonly overlap: OverlapPolicy;
  readonly origin: ScheduleOrigin;
  readonly enabled: boolean;
  /** Absent while it is enabled. */
  readonly disabledBy?: DisabledBy;
  /** When it last submitted a job by its timetable, store time. */
  readonly lastRun?: number;
  /** When it is due next, jitter included; absent when it is disabled or has ended. */
  readonly nextRun?: number;
  /** Jobs that it has submitted by its timetable. */
  readonly runCount: number;
  /** The occurrence that waits for the job before it to end (`overlap: 'queue-one'`). */
  readonly waiting?: number;
  /** Ids of its last 20 jobs, the newest first. */
  readonly recentJobs: readonly string[];
}
