import { Injectable } from '@nestjs/common';
import { type JobEventOf, OnJobEvent } from 'nestjs-jobs';

/** How far the jobs of one type are. */
export interface TypeTally {
  readonly type: string;
  submitted: number;
  done: number;
  failed: number;
  /** Failed once or more, waiting for their next attempt. */
  readonly waiting: Set<string>;
}

/** Counts jobs while they run, for those who watch. */
@Injectable()
export class Tally {
  private readonly byType = new Map<string, TypeTally>();

  get types(): readonly TypeTally[] {
    return [...this.byType.values()];
  }

  submitted(type: string): void {
    this.of(type).submitted += 1;
  }

  ended(type: string, id: string, how: 'done' | 'failed'): void {
    const tally = this.of(type);
    tally[how] += 1;
    tally.waiting.delete(id);
  }

  @OnJobEvent('retrying')
  retrying({ id, type }: JobEventOf<'retrying'>): void {
    this.of(type).waiting.add(id);
  }

  private of(type: string): TypeTally {
    let tally = this.byType.get(type);
    if (tally === undefined) {
      tally = { type, submitted: 0, done: 0, failed: 0, waiting: new Set() };
      this.byType.set(type, tally);
    }
    return tally;
  }
}
