import { Injectable } from '@nestjs/common';
import { type JobSettings, NO_SETTINGS, type TraceHeaders } from '../../domain/job.js';
import type { SubmitEnd, SubmitTracer, TracedSubmit } from '../ports/submit-tracer.js';
import type { PreparedJob } from './prepared-job.js';

/** Gives a job what is to travel with it. */
export type Mark = (job: PreparedJob) => PreparedJob;

/** Runs submits under the tracer of this process, where there is one: without, submits do not come here. */
@Injectable()
export class SubmitTracing {
  private tracer: SubmitTracer | undefined;

  /** True once a tracer follows submits. */
  get active(): boolean {
    return this.tracer !== undefined;
  }

  /** From now on, submits are followed by it. */
  follow(tracer: SubmitTracer): void {
    this.tracer = tracer;
  }

  /** Submits one job. Rejects with what the submit rejects with. */
  one<T extends { readonly status: string }>(job: PreparedJob, submit: (job: PreparedJob) => Promise<T>): Promise<T> {
    const traced = this.tracer?.beginOne(job.queue, job.spec);
    return traced === undefined
      ? submit(job)
      : run(
          traced,
          () => submit(marker(traced.headers)(job)),
          ({ status }) => ({ kind: 'one', status }),
        );
  }

  /** Submits many as one; `queuesOf` says where they went. */
  many<T>(
    count: number,
    submit: (mark?: Mark) => Promise<T>,
    queuesOf: (result: T) => ReadonlySet<string>,
  ): Promise<T> {
    const traced = this.tracer?.beginMany(count);
    return traced === undefined
      ? submit()
      : run(
          traced,
          () => submit(marker(traced.headers)),
          (result) => ({ kind: 'many', queues: queuesOf(result) }),
        );
  }
}

async function run<T>(traced: TracedSubmit, submit: () => Promise<T>, endOf: (result: T) => SubmitEnd): Promise<T> {
  let result: T;
  try {
    result = await submit();
  } catch (error) {
    traced.ended({ kind: 'failed', error });
    throw error;
  }
  traced.ended(endOf(result));
  return result;
}

/** Jobs without settings of their own share one object, so that a store writes it once for all of them. */
function marker(trace: TraceHeaders): Mark {
  if (Object.keys(trace).length === 0) {
    return (job) => job;
  }
  const alone: JobSettings = { trace };
  return ({ queue, spec }) => ({
    queue,
    spec: { ...spec, settings: spec.settings === NO_SETTINGS ? alone : { ...spec.settings, trace } },
  });
}
