import * as fc from 'fast-check';
import type { JobFilter, JobKey, JobService, SubscribeOptions } from 'nestjs-jobs';
import { type BulkAction, type BulkFilter, BulkMoves } from '../../libs/jobs/src/application/inspecting/bulk-moves.js';
import { WorkerFleet } from '../../libs/jobs/src/application/processes/worker-fleet.js';
import { JOB_STATES } from '../../libs/jobs/src/domain/job-state.js';
import { startEngine, type TestEngine } from '../engine/start-engine.js';
import { fuzz, FUZZ_TIMEOUT } from './fuzz.js';
import { judged, judgedNow } from './judge.js';
import { damaged, nastyText } from './nasty-texts.js';
import { mostlyRight, nasty } from './nasty-values.js';
import { duration, jobId, queueName } from './submissions.js';

jest.setTimeout(FUZZ_TIMEOUT);

/** Jobs that must be there still, whatever was asked for. */
const JOBS = 30;

const state = fc.constantFrom(...JOB_STATES);
const time = fc.oneof(fc.date(), fc.nat());
const conditions = {
  type: fc.constantFrom('known', 'other'),
  tag: nastyText,
  priority: fc.constantFrom<unknown>('high', 0, -5),
  from: time,
  to: time,
};

describe('on the memory store', () => {
  let engine: TestEngine;
  let cursor = '';

  beforeAll(async () => {
    engine = await startEngine({ workers: [], listens: false, handlers: { known: () => undefined } });
    await engine.jobs.submitMany(
      Array.from({ length: JOBS }, (_, index) => ({
        type: 'known',
        payload: index,
        options: { queue: index % 2 === 0 ? 'mail' : 'a:b', id: `job-${index}` },
      })),
    );
    cursor = (await engine.jobs.list({ pageSize: 5 })).cursor ?? '';
  });

  afterEach(async () => {
    expect((await engine.jobs.stats()).total).toBe(JOBS);
  });

  afterAll(() => engine.close());

  it('any list is a page of jobs, or refused', async () => {
    const cursors = fc.oneof(
      damaged(fc.constant(cursor)),
      fc.tuple(queueName, state, fc.oneof(fc.constant(null), nastyText, fc.constant('0:1')), nasty).map(encoded),
    );
    const filter = mostlyRight({
      queue: queueName,
      state,
      ...conditions,
      page: fc.integer({ min: 1, max: 600 }),
      pageSize: fc.integer({ min: 1, max: 100 }),
      cursor: cursors,
    });
    await fuzz(filter, 4_500, async (input) => {
      const listed = await judged(() => engine.jobs.list(input as JobFilter));
      if (listed.ok) {
        expect(listed.value.jobs.length).toBeLessThanOrEqual(100);
      }
    });
  });

  it('any list of dead letters, retry or purge of them is answered or refused', async () => {
    const filter = mostlyRight({ ...conditions, code: nastyText });
    await fuzz(fc.tuple(queueName, filter, jobKey), 1_000, async ([queue, input, job]) => {
      const letters = judgedNow(() => engine.jobs.deadLetters(queue));
      if (letters.ok) {
        await judged(() => letters.value.list(input as object));
        await judged(() => letters.value.retryAll(input as object));
        await judged(() => letters.value.purge(input as object));
        await judged(() => letters.value.retry(job as JobKey));
      }
    });
  });

  it('any key of a job is looked up, moved or refused', async () => {
    type Call = (jobs: JobService, job: JobKey, more: unknown) => Promise<unknown>;
    const calls: readonly Call[] = [
      (jobs, job) => jobs.get(job),
      (jobs, job) => jobs.retry(job),
      (jobs, job) => jobs.promote(job),
      (jobs, job, more) => jobs.reschedule(job, more as number),
      (jobs, job, more) => jobs.reprioritise(job, more as number),
    ];
    const more = fc.oneof(duration, nasty);
    await fuzz(fc.tuple(fc.nat({ max: calls.length - 1 }), jobKey, more), 3_500, async ([index, job, value]) => {
      await judged(() => calls[index]?.(engine.jobs, job as JobKey, value));
    });
    await fuzz(fc.tuple(nasty, nasty), 500, async ([job, value]) => {
      // None of these is there to be waited for.
      await judged(() => engine.jobs.result({ queue: '{', id: job as string }, { timeout: value as number }));
      await judged(() => engine.jobs.result(typeof job === 'string' ? job : 'nobody', value as object));
    });
  });

  it('any filter of a bulk operation counts, moves nothing that it does not mean, or is refused', async () => {
    const bulk = engine.get(BulkMoves);
    const filter = mostlyRight({ queue: queueName, state, ...conditions, code: nastyText });
    const action = fc.oneof(
      { weight: 9, arbitrary: fc.constantFrom('cancel', 'retry', 'remove') },
      { weight: 1, arbitrary: nasty },
    );
    await fuzz(fc.tuple(action, filter), 1_500, async ([what, input]) => {
      await judged(() => bulk.count(what as BulkAction, input as BulkFilter));
      // Of jobs from before the clock began there are none.
      await judged(() => bulk.run(what as BulkAction, input as BulkFilter, { until: -1 }));
    });
  });

  it('any queue, worker and subscription is found, opened or refused', async () => {
    const options = mostlyRight({
      queue: fc.oneof(queueName, fc.array(queueName, { maxLength: 3 })),
      type: fc.oneof(fc.constant('known'), fc.array(fc.constant('known'), { maxLength: 3 })),
      states: fc.array(state, { maxLength: 3 }),
      kinds: fc.array(fc.constantFrom('started', 'completed'), { maxLength: 3 }),
      after: damaged(fc.constant('12')),
    });
    await fuzz(fc.tuple(fc.oneof(queueName, nasty), options), 1_500, async ([name, input]) => {
      const queue = judgedNow(() => engine.jobs.queue(name as string));
      if (queue.ok) {
        await judged(() => queue.value.counts());
      }
      await judged(() => engine.get(WorkerFleet).pause(name as string));
      const subscribed = judgedNow(() => engine.jobEvents.subscribe(input as SubscribeOptions));
      if (subscribed.ok) {
        await subscribed.value.return();
      }
    });
  });
});

const jobKey = fc.oneof(
  { weight: 3, arbitrary: mostlyRight({ queue: queueName, id: jobId }) },
  { weight: 1, arbitrary: jobId },
  { weight: 1, arbitrary: nasty },
);

function encoded(parts: readonly unknown[]): string {
  try {
    return Buffer.from(JSON.stringify(parts)).toString('base64url');
  } catch {
    return '';
  }
}
