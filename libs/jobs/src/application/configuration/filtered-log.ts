import { Log, type LogFields } from '../ports/log.js';

/** From the most that is said to nothing at all. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
/** What is less than the level is not logged. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Passes on what is at or above a level, which can be changed at any time. */
export class FilteredLog extends Log {
  constructor(
    private readonly inner: Log,
    private readonly threshold: { level: LogLevel } = { level: 'debug' },
  ) {
    super();
  }

  get level(): LogLevel {
    return this.threshold.level;
  }

  set level(level: LogLevel) {
    this.threshold.level = level;
  }

  /** Passes on to another log, always at the level of this one. */
  to(inner: Log): FilteredLog {
    return new FilteredLog(inner, this.threshold);
  }

  override debug(message: string, fields?: LogFields): void {
    if (this.passes('debug')) {
      this.inner.debug(message, fields);
    }
  }

  override info(message: string, fields?: LogFields): void {
    if (this.passes('info')) {
      this.inner.info(message, fields);
    }
  }

  override warn(message: string, fields?: LogFields): void {
    if (this.passes('warn')) {
      this.inner.warn(message, fields);
    }
  }

  override error(message: string, error?: unknown, fields?: LogFields): void {
    if (this.passes('error')) {
      this.inner.error(message, error, fields);
    }
  }

  private passes(level: LogLevel): boolean {
    return LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(this.level);
  }
}
