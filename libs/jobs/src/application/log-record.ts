import { describeFailure } from '../domain/failure.js';

/**
 * The fields of log records: one name for one thing, whoever writes it. What a record needs beyond them is a field of
 * its own; what is one of these is never called otherwise.
 */
export interface LogRecord {
  /** What the record is about, for filters and alerts: `job.completed`, `circuit.opened`. */
  readonly event?: string;
  /** The job's id. */
  readonly job?: string;
  readonly type?: string;
  readonly queue?: string;
  /** Which attempt; the first is 1. */
  readonly attempt?: number;
  readonly maxAttempts?: number;
  readonly worker?: string;
  /** How long it took, in milliseconds. */
  readonly duration?: number;
  /** How long until it comes again, in milliseconds. */
  readonly delay?: number;
  /** The error's stable code. */
  readonly code?: string;
  /** The error's class name and message. */
  readonly error?: string;
  /** Why, in a word, where no error says it. */
  readonly reason?: string;
  /** JSON text, redacted and cut. */
  readonly payload?: string;
}

/** The fields that say which attempt of which job a record is about. */
export function attemptFields(of: {
  readonly id: string;
  readonly type: string;
  readonly queue: string;
  readonly attempt?: number | undefined;
  readonly worker?: string | undefined;
}): Pick<LogRecord, 'job' | 'type' | 'queue' | 'attempt' | 'worker'> {
  const { id, type, queue, attempt, worker } = of;
  return {
    job: id,
    type,
    queue,
    ...(attempt === undefined ? {} : { attempt }),
    ...(worker === undefined ? {} : { worker }),
  };
}

/** The fields that say what went wrong. */
export function errorFields(error: Error): Required<Pick<LogRecord, 'code' | 'error'>> {
  const { code, name, message } = describeFailure(error);
  return { code, error: `${name}: ${message}` };
}
