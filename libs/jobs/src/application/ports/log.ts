/** Where the engine says what an operator should know. Messages hold no payloads and no secrets. */
export abstract class Log {
  abstract info(message: string, fields?: LogFields): void;
  abstract warn(message: string, fields?: LogFields): void;
  abstract error(message: string, error?: unknown, fields?: LogFields): void;
}

/** Structured parts of a log line: job id, type, queue, attempt and the like. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;
