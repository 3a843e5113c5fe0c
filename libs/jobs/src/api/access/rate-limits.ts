import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { ThrottlerStorageService } from '@nestjs/throttler';
import { TooManyRequestsError } from '../answers/api-errors.js';
import { API_SETTINGS, type ApiSettings } from '../options/api-settings.js';

/** What is counted apart: looking, changing, and being turned away. */
export type RateKind = 'reads' | 'changes' | 'denials';

/**
 * Counts what each caller asks in a window of time, with @nestjs/throttler's storage: in this process, unless the
 * application gives a storage that its processes share. The application's own ThrottlerModule is not touched.
 */
@Injectable()
export class RateLimits implements OnApplicationShutdown {
  private readonly own = new ThrottlerStorageService();

  constructor(@Inject(API_SETTINGS) private readonly settings: ApiSettings) {}

  /** @throws TooManyRequestsError, which says when to come again */
  async count(kind: RateKind, whose: string): Promise<void> {
    const { rateLimit } = this.settings;
    if (rateLimit === undefined) {
      return;
    }
    const { window, storage = this.own } = rateLimit;
    const limit = rateLimit[kind];
    const key = `nestjs-jobs:${kind}:${whose}`;
    const { totalHits, timeToExpire, isBlocked, timeToBlockExpire } = await storage.increment(
      key,
      window,
      limit,
      window,
      kind,
    );
    if (isBlocked || totalHits > limit) {
      throw new TooManyRequestsError(limit, window, Math.max(1, isBlocked ? timeToBlockExpire : timeToExpire));
    }
  }

  onApplicationShutdown(): void {
    this.own.onApplicationShutdown();
  }
}
