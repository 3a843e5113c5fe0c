import { ConsoleLogger, Injectable, Logger } from '@nestjs/common';
import { Log, type LogFields } from '../../application/ports/log.js';
import { show } from '../../domain/errors/errors.js';
import { describeFailure, isError } from '../../domain/failure.js';

/**
 * Says what the engine has to say through Nest's logger, whichever the application uses, under the context `Jobs`: as one
 * object a record where that is Nest's own and writes JSON, else as one line of text that nothing in it can break.
 */
@Injectable()
export class NestLog extends Log {
  private readonly logger = new Logger('Jobs');

  override debug(message: string, fields?: LogFields): void {
    this.logger.debug(this.record(message, fields));
  }

  override info(message: string, fields?: LogFields): void {
    this.logger.log(this.record(message, fields));
  }

  override warn(message: string, fields?: LogFields): void {
    this.logger.warn(this.record(message, fields));
  }

  override error(message: string, error?: unknown, fields?: LogFields): void {
    if (isError(error)) {
      const failure = describeFailure(error);
      this.logger.error(this.record(`${message}: ${failure.message}`, fields), stackOf(failure));
    } else {
      this.logger.error(this.record(error === undefined ? message : `${message}: ${show(error)}`, fields));
    }
  }

  /** Objects only where they are surely written as such: not every logger takes them. */
  protected takesObjects(): boolean {
    return writesJson();
  }

  private record(message: string, fields: LogFields = {}): string | object {
    return this.takesObjects() ? { message, ...fields } : line(message, fields);
  }
}

/** True when the application's logger is Nest's own, or one derived of it, and told `json: true`. */
function writesJson(): boolean {
  const { staticInstanceRef } = Logger as unknown as { readonly staticInstanceRef?: unknown };
  return (
    staticInstanceRef instanceof ConsoleLogger &&
    (staticInstanceRef as unknown as { readonly options?: { readonly json?: boolean } }).options?.json === true
  );
}

function line(message: string, fields: LogFields): string {
  const parts = Object.entries(fields).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${quoted(String(value))}`],
  );
  return parts.length === 0 ? onOneLine(message) : `${onOneLine(message)} (${parts.join(' ')})`;
}

/** As it is where it is a word; else in quotes, so that what a job says of itself cannot pass for another field. */
function quoted(value: string): string {
  return /^[\w.:/@#+-]+$/.test(value) ? value : onOneLine(JSON.stringify(value));
}

/** Line breaks and other control characters, those of terminals too, as escapes: a record cannot pass for two. */
function onOneLine(text: string): string {
  return text.replaceAll(CONTROL, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(4, '0');
    return character === '\n' ? '\\n' : `\\u${code}`;
  });
}

// What ends a line or steers a terminal is what this is about.
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;

/**
 * The frames of a stack stand on lines of their own; what else is in it does not, wherever it stands and however long it
 * is: the message at its head is whatever somebody has put there.
 */
function stackOf({ stack }: { readonly stack?: string }): string | undefined {
  return stack
    ?.split('\n')
    .map(onOneLine)
    .reduce((lines, each) => `${lines}${FRAME.test(each) ? '\n' : '\\n'}${each}`);
}

const FRAME = /^ {4}at /;
