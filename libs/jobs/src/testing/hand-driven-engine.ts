import { Inject, Injectable } from '@nestjs/common';
import { JobsEngine } from '../application/jobs-engine.js';
import { Clock } from '../application/ports/clock.js';
import { VirtualClock } from './virtual-clock.js';

/** Milliseconds of virtual time that pass between two looks at a shutdown. */
const STEP = 500;

/** The engine without anyone to move its time: it moves it itself while it shuts down, or a shutdown would never end. */
@Injectable()
export class HandDrivenEngine extends JobsEngine {
  // Injected beside the parent's constructor, which Nest reads the other dependencies from.
  @Inject(Clock) private readonly virtual!: VirtualClock;
  private opened = false;
  private ended: Promise<void> | undefined;

  /** True once the application has booted: its handlers are known. */
  get isOpen(): boolean {
    return this.opened;
  }

  override async open(): Promise<void> {
    await super.open();
    this.opened = true;
  }

  override drain(): Promise<void> {
    this.ended ??= this.passTimeUntil(super.drain());
    return this.ended;
  }

  private async passTimeUntil(done: Promise<void>): Promise<void> {
    const shutdown = { over: false };
    const ended = done.finally(() => {
      shutdown.over = true;
    });
    await this.virtual.settle();
    while (!shutdown.over) {
      await this.virtual.advance(STEP);
    }
    await ended;
  }
}
