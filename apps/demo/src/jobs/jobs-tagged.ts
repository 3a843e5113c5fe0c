import type { JobRecord, JobService } from 'nestjs-jobs';

/** All jobs with a tag, page by page. */
export async function* jobsTagged(jobs: JobService, tag: string): AsyncGenerator<JobRecord> {
  let cursor: string | undefined;
  do {
    const page = await jobs.list({ tag, pageSize: 100, ...(cursor === undefined ? {} : { cursor }) });
    yield* page.jobs;
    cursor = page.cursor;
  } while (cursor !== undefined);
}
