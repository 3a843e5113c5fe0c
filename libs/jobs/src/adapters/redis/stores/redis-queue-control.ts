import { QueueControl } from '../../../application/ports/queue-control.js';
import { DEFAULT_QUEUE_SETTINGS, type OnFull, type QueueSettings } from '../../../domain/queue-settings.js';
import { BATCH_JOBS } from '../scripts/batches.js';
import type { Keys } from '../stored/keys.js';
import type { RedisConnection } from '../connection/redis-connection.js';
import type { ScriptCaller } from '../scripts/script-caller.js';

/** What is done to a queue on Redis as a whole. */
export class RedisQueueControl extends QueueControl {
  constructor(
    private readonly connection: RedisConnection,
    private readonly caller: ScriptCaller,
    private readonly keys: Keys,
  ) {
    super();
  }

  override async configure(queue: string, settings: QueueSettings): Promise<void> {
    const { concurrency = '', maxDepth = '', maxScheduled = '', onFull, retainAge, retainCount } = settings;
    const args = [concurrency, maxDepth, maxScheduled, onFull, retainAge, retainCount];
    await this.caller.change(queue, 'configure', args);
  }

  override async settings(queue: string): Promise<QueueSettings> {
    const [concurrency, maxDepth, maxScheduled, onFull, retainAge, retainCount] = await this.caller.persist(
      'read settings',
      () =>
        this.connection.client.hmget(
          this.keys.meta(queue),
          'concurrency',
          'maxDepth',
          'maxScheduled',
          'onFull',
          'retainAge',
          'retainCount',
        ),
    );
    if (!onFull) {
      return DEFAULT_QUEUE_SETTINGS;
    }
    return {
      ...(concurrency ? { concurrency: Number(concurrency) } : {}),
      ...(maxDepth ? { maxDepth: Number(maxDepth) } : {}),
      ...(maxScheduled ? { maxScheduled: Number(maxScheduled) } : {}),
      onFull: onFull as OnFull,
      retainAge: Number(retainAge),
      retainCount: Number(retainCount),
    };
  }

  override async pause(queue: string): Promise<void> {
    await this.caller.change(queue, 'pause', []);
  }

  override async resume(queue: string): Promise<void> {
    await this.caller.change(queue, 'resume', []);
  }

  override async clear(queue: string): Promise<number> {
    let forgotten = 0;
    for (;;) {
      const answer = (await this.caller.change(queue, 'clear', [BATCH_JOBS])) as string;
      const [number, more] = answer.split(':');
      forgotten += Number(number);
      if (more !== 'more') {
        return forgotten;
      }
    }
  }
}
