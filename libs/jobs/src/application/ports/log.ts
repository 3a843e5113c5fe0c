/** Where the engine says what an operator should know. Messages hold no payloads and no secrets. */
export abstract class Log {
  /** What is of interest only to those who look for it. */
  abstract debug(message: string, fields?: LogFields): void;
  abstract info(message: string, fields?: LogFields): void;
  abstract warn(message: string, fields?: LogFields): void;
  abstract error(message: string, error?: unknown, fields?: LogFields): void;
}

/** Structured parts of a log line; `log-record.ts` says how they are called. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;
