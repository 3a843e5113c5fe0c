import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type Handler, type JobContext, JobHandler } from 'nestjs-jobs';

@JobHandler('import', { timeout: '10m' })
export class ImportRows implements Handler<{ rows: readonly string[] }, number> {
  async handle({ rows }: { rows: readonly string[] }, job: JobContext): Promise<number> {
    let done = 0;
    for (const row of rows) {
      job.signal.throwIfAborted(); // between two steps
      await this.importRow(row, job.signal); // and handed on to whatever takes one
      job.progress({ done: ++done, of: rows.length });
    }
    return done;
  }

  private async importRow(row: string, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    return row.trim();
  }
}

@JobHandler('primes.count', { timeout: '5m', concurrency: 2 })
export class CountPrimes implements Handler<{ below: number }, { primes: number }> {
  async handle(payload: { below: number }, job: JobContext): Promise<{ primes: number }> {
    const thread = new Worker(join(__dirname, 'count-primes.cjs'), { workerData: payload });
    try {
      const [primes] = (await once(thread, 'message', { signal: job.signal })) as [number];
      return { primes };
    } finally {
      await thread.terminate(); // also after a timeout, a cancel or a shutdown: unlike code of this thread, it can be stopped
    }
  }
}
