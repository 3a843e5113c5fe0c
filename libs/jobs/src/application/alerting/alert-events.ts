import { Injectable } from '@nestjs/common';
import { Log } from '../ports/log.js';
import type { AlertEvent } from './alert-event.js';

/** Tells everyone in this process who asked of alerts that fire and recover, whichever process has found out. */
@Injectable()
export class AlertEvents {
  private readonly listeners = new Map<AlertEvent['kind'], readonly ((event: AlertEvent) => unknown)[]>();

  constructor(private readonly log: Log) {}

  /** Calls back for every event of the kind; the answer ends it. A listener that throws or rejects is logged, no more. */
  on(kind: AlertEvent['kind'], listener: (event: AlertEvent) => unknown): () => void {
    const own = (event: AlertEvent): unknown => listener(event);
    this.listeners.set(kind, [...(this.listeners.get(kind) ?? []), own]);
    return () => {
      this.listeners.set(
        kind,
        (this.listeners.get(kind) ?? []).filter((each) => each !== own),
      );
    };
  }

  tell(event: AlertEvent): void {
    for (const listener of this.listeners.get(event.kind) ?? []) {
      void this.call(listener, event);
    }
  }

  private async call(listener: (event: AlertEvent) => unknown, event: AlertEvent): Promise<void> {
    try {
      await listener(event);
    } catch (error) {
      this.log.error(`A listener for '${event.kind}' alerts failed`, error, { alert: event.rule });
    }
  }
}
