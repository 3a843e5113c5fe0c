import { Injectable, Logger } from '@nestjs/common';
import { Log, type LogFields } from '../application/ports/log.js';
import { show } from '../domain/errors.js';

/** Says what the engine has to say through Nest's logger, whichever the application uses, under the context `Jobs`. */
@Injectable()
export class NestLog extends Log {
  private readonly logger = new Logger('Jobs');

  override info(message: string, fields?: LogFields): void {
    this.logger.log(line(message, fields));
  }

  override warn(message: string, fields?: LogFields): void {
    this.logger.warn(line(message, fields));
  }

  override error(message: string, error?: unknown, fields?: LogFields): void {
    if (error instanceof Error) {
      this.logger.error(line(`${message}: ${error.message}`, fields), error.stack);
    } else {
      this.logger.error(line(error === undefined ? message : `${message}: ${show(error)}`, fields));
    }
  }
}

/** Fields as text: not every logger takes objects. */
function line(message: string, fields: LogFields = {}): string {
  const parts = Object.entries(fields).flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${value}`]));
  return parts.length === 0 ? message : `${message} (${parts.join(' ')})`;
}
