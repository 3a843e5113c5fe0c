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
