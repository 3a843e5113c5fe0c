import * as fc from 'fast-check';
import type { JobRef, JobService, JobSubmission, SubmitOptions } from 'nestjs-jobs';
import { startEngine, type TestEngine } from '../engine/start-engine.js';
import { fuzz, FUZZ_TIMEOUT } from './fuzz.js';
import { judged, refusal } from './judge.js';
import { mostlyRight, nasty } from './nasty-values.js';
import { jobType, payload, type Submission, submission, submitOptions } from './submissions.js';

jest.setTimeout(FUZZ_TIMEOUT);

describe('any submit, on the memory store,', () => {
  let engine: TestEngine;

  beforeAll(async () => {
    engine = await startEngine({ workers: [], listens: false, handlers: { known: () => undefined } });
  });

  afterAll(() => engine.close());

  it('either adds a job, which is then as it was told, listed and removed, or leaves nothing of it', async () => {
    await fuzz(submission, 6_500, async (input) => {
      const submitted = await judged(() => submit(engine.jobs, input));
      expect(await total(engine.jobs)).toBe(submitted.ok ? 1 : 0);
      if (submitted.ok) {
        await takeOut(engine.jobs, submitted.value, input);
      }
      expect(await total(engine.jobs)).toBe(0);
    });
  });

  it('of many is answered one by one', async () => {
    const one = fc.oneof(
      { weight: 8, arbitrary: submission },
      { weight: 1, arbitrary: mostlyRight({ type: jobType, payload, options: submitOptions }) },
      { weight: 1, arbitrary: nasty },
    );
    const many = fc.oneof({ weight: 15, arbitrary: fc.array(one, { maxLength: 5 }) }, { weight: 1, arbitrary: nasty });
    await fuzz(many, 1_200, async (input) => {
      const submitted = await judged(() => engine.jobs.submitMany(input as JobSubmission[]));
      const receipts = submitted.ok ? submitted.value : [];
      expect(receipts).toHaveLength(submitted.ok ? (input as unknown[]).length : 0);
      const added = new Set<string>();
      for (const receipt of receipts) {
        if (receipt.status === 'rejected') {
          refusal(receipt.error);
        } else {
          added.add(JSON.stringify([receipt.job.queue, receipt.job.id]));
        }
      }
      expect(await total(engine.jobs)).toBe(added.size);
      for (const key of added) {
        const [queue, id] = JSON.parse(key) as [string, string];
        await engine.jobs.remove({ queue, id });
      }
    });
  });
});

function submit(jobs: JobService, input: Submission): Promise<JobRef> {
  return jobs.submit(input.type as string, input.payload, input.options as SubmitOptions);
}

async function total(jobs: JobService): Promise<number> {
  return (await jobs.stats()).total;
}

/** Looks the job up in every way, and removes it. */
async function takeOut(jobs: JobService, job: JobRef, input: Submission): Promise<void> {
  const record = await jobs.get({ queue: job.queue, id: job.id });
  expect(record).toMatchObject({ id: job.id, queue: job.queue, type: job.type, state: job.state });
  expect(Object.getPrototypeOf(record?.metadata)).toBe(Object.prototype);
  expect(JSON.stringify(record?.payload)).toBe(JSON.stringify(input.payload) ?? 'null');
  const { jobs: listed } = await jobs.list({ queue: job.queue, type: job.type });
  expect(listed.map(({ id }) => id)).toEqual([job.id]);
  await jobs.remove(job);
}
