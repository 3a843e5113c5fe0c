import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { FilteredLog } from '../../application/configuration/filtered-log.js';
import { JobEvents } from '../../application/job-events.js';
import { attemptFields, errorFields, type LogRecord } from '../../application/log-record.js';
import type { JobEvent, JobEventKind } from '../../application/ports/job-observer.js';
import { Log } from '../../application/ports/log.js';
import { type JobsLoggingOptions, LOGGING_OPTIONS, type LoggingSettings, resolveLogging } from './logging-options.js';
import { payloadText } from './payload-text.js';
import { ToldLog } from './told-log.js';

/** Logs the begin and the end of each attempt of this process, as the store has taken it. */
@Injectable()
export class JobLogging implements OnModuleInit, OnModuleDestroy {
  private readonly settings: LoggingSettings;
  private readonly unlisten: (() => void)[] = [];
  private log!: Log; // before the first event, in onModuleInit

  constructor(
    private readonly modules: ModuleRef,
    @Inject(LOGGING_OPTIONS) options: JobsLoggingOptions,
  ) {
    this.settings = resolveLogging(options);
  }

  onModuleInit(): void {
    if (!this.settings.enabled) {
      return;
    }
    const { structured } = this.settings;
    this.log = this.logOf(structured);
    const events = this.modules.get(JobEvents, { strict: false });
    for (const kind of KINDS) {
      this.unlisten.push(events.on(kind, (event) => this.tell(event)));
    }
  }

  onModuleDestroy(): void {
    // Not before the drain: what ends in it is logged. JobsModule drains in the first hook of all.
    this.unlisten.splice(0).forEach((end) => end());
  }

  private logOf(structured: boolean | undefined): Log {
    const log = this.modules.get(Log, { strict: false });
    if (structured === undefined) {
      return log;
    }
    const told = new ToldLog(structured);
    return log instanceof FilteredLog ? log.to(told) : told;
  }

  private tell(event: JobEvent): void {
    const { types, queues } = this.settings;
    if ((types !== undefined && !types.has(event.type)) || (queues !== undefined && !queues.has(event.queue))) {
      return;
    }
    switch (event.kind) {
      case 'started':
        return this.log.debug('Job started', this.record(event, this.payload(event)));
      case 'completed':
        return this.log.info('Job completed', this.record(event, { duration: rounded(event.duration) }));
      case 'retrying':
        return this.log.warn(
          'Job failed, and is tried again',
          this.record(event, {
            duration: rounded(event.duration),
            delay: event.delay,
            ...errorFields(event.error),
            ...this.payload(event),
          }),
        );
      case 'failed':
        return this.log.error(
          'Job failed for good',
          event.error,
          this.record(event, {
            duration: rounded(event.duration),
            ...errorFields(event.error),
            ...this.payload(event),
          }),
        );
      case 'cancelled':
        return this.log.info('Job cancelled', this.record(event, { duration: rounded(event.duration) }));
      case 'snoozed':
        return this.log.debug(
          'Job put off',
          this.record(event, { duration: rounded(event.duration), delay: event.delay }),
        );
      case 'released':
        return this.log.debug('Job released', this.record(event, { reason: event.reason }));
      case 'lost-lease':
        return this.log.warn('Job lost its lease', this.record(event, {}));
      case 'submitted':
      case 'progress':
      case 'loop-blocked': // the engine itself logs it
        return undefined;
    }
  }

  private record(event: JobEvent, more: LogRecord): LogRecord & Record<string, string | number | undefined> {
    const maxAttempts = event.job?.maxAttempts;
    return {
      event: `job.${event.kind}`,
      ...attemptFields(event),
      ...(maxAttempts === undefined ? {} : { maxAttempts }),
      ...more,
    };
  }

  private payload({ job }: JobEvent): Pick<LogRecord, 'payload'> {
    const { payload } = this.settings;
    return payload === undefined || job === undefined ? {} : { payload: payloadText(job.payload, payload) };
  }
}

const KINDS: readonly JobEventKind[] = [
  'started',
  'completed',
  'retrying',
  'failed',
  'cancelled',
  'snoozed',
  'released',
  'lost-lease',
];

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10;
}
