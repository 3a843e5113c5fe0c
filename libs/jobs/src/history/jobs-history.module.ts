import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Global,
  Inject,
  Injectable,
  Module,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { JobsEngine } from '../application/jobs-engine.js';
import { HistoryRecorder, type RecorderSettings } from '../application/history/history-recorder.js';
import { MetricsService } from '../application/history/metrics-service.js';
import { refuseUnknownKeys } from '../domain/options/known-keys.js';
import { parseWholeNumber } from '../domain/options/whole-number.js';
import type { ResolvedOptions } from '../nest/options/resolve-options.js';
import { RESOLVED_OPTIONS } from '../nest/tokens.js';

/** What `JobsHistoryModule.forRoot` is told. */
export interface JobsHistoryOptions {
  /**
   * Series (job types in queues) that a minute keeps, over all processes, at most; the rest are added up in one that is
   * called `(other)`. Default: 100.
   */
  readonly maxSeries?: number;
}

const RECORDER_SETTINGS = Symbol.for('nestjs-jobs:recorder-settings');

/** Counts while the application runs; the last counts are told when its work has ended. */
@Injectable()
class HistoryLifecycle implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    private readonly recorder: HistoryRecorder,
    private readonly engine: JobsEngine,
    @Inject(RECORDER_SETTINGS) private readonly settings: Partial<RecorderSettings>,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  onApplicationBootstrap(): void {
    if (this.options.enabled) {
      this.recorder.start(this.settings);
    }
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.engine.lastWord(this.recorder.stop());
  }
}

/**
 * Keeps what happens to this process's jobs in the store, minute by minute for a day, and lets everyone read it through
 * `MetricsService`, which is injectable everywhere. Import it once, beside `JobsModule.forRoot`, in every process that submits or works.
 */
@Global()
@Module({
  providers: [HistoryLifecycle, MetricsService, { provide: RECORDER_SETTINGS, useValue: {} }],
  exports: [MetricsService],
})
export class JobsHistoryModule {
  /** @throws InvalidOptionError */
  static forRoot(options: JobsHistoryOptions = {}): DynamicModule {
    refuseUnknownKeys(options, ['maxSeries']);
    const { maxSeries } = options;
    const settings: Partial<RecorderSettings> =
      maxSeries === undefined ? {} : { most: parseWholeNumber(maxSeries, 'maxSeries', 1, 1_000) };
    return { module: JobsHistoryModule, providers: [{ provide: RECORDER_SETTINGS, useValue: settings }] };
  }
}
