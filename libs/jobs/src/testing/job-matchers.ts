import type { HandlerClass } from '../application/handlers/handler.js';
import { show } from '../domain/errors/errors.js';
import type { FailedAttempt } from '../domain/failure.js';
import { matchesPart, type Equals } from './matches-part.js';
import type { SubmittedJob } from './submission-ledger.js';
import { TestingJobs, typeOf } from './testing-jobs.js';

/** The part of a value that a test cares for; what is left out may be anything, and asymmetric matchers may stand anywhere. */
export type Part<T> = T extends object ? { readonly [K in keyof T]?: Part<T[K]> } : T;

/** What a job failed with: a part of its message, a pattern of it, or a part of the whole, such as `{ code: 'timeout' }`. */
export type ExpectedFailure = string | RegExp | Part<FailedAttempt>;

/** What `expect(jobs)` can say once `expect.extend(jobMatchers)` was called. */
export interface JobMatchers<R = void> {
  /** A job of the type was submitted, whatever became of it; with a payload that has the given part, where one is given. */
  toHaveSubmitted<P>(handler: HandlerClass<P>, payload?: Part<NoInfer<P>>): R;
  toHaveSubmitted(type: string, payload?: unknown): R;
  /** Exactly so many jobs of the type were submitted. */
  toHaveSubmittedTimes(handler: HandlerClass | string, times: number): R;
  /** A job of the type is completed. */
  toHaveCompleted<P>(handler: HandlerClass<P>, payload?: Part<NoInfer<P>>): R;
  toHaveCompleted(type: string, payload?: unknown): R;
  /** A job of the type has failed for good, with the given failure where one is given. */
  toHaveFailed(handler: HandlerClass | string, failure?: ExpectedFailure): R;
}

declare global {
  // The types of jest's own global `expect`; merging is how jest takes matchers.
  // eslint-disable-next-line @typescript-eslint/no-namespace
  namespace jest {
    // eslint-disable-next-line @typescript-eslint/no-unused-vars, @typescript-eslint/no-empty-object-type
    interface Matchers<R, T = {}> extends JobMatchers<R> {}
  }
}

/** What jest and vitest both give a matcher. */
interface MatcherContext {
  readonly isNot?: boolean;
  readonly equals: Equals;
  readonly utils?: { readonly stringify?: (value: unknown) => string };
}

interface Verdict {
  readonly pass: boolean;
  readonly message: () => string;
}

/**
 * Assertions on {@link TestingJobs}, for jest and vitest: `expect.extend(jobMatchers)`, in a spec or in a set-up file.
 * They look at what was submitted, and how it stood when the latest `drain`, `advance` or `begin` ended.
 */
export const jobMatchers = {
  toHaveSubmitted(this: MatcherContext, jobs: unknown, handler: HandlerClass | string, payload?: unknown): Verdict {
    return some(jobs, handler, `have been submitted${told(this, payload)}`, hasPayload(payload, this.equals));
  },

  toHaveSubmittedTimes(this: MatcherContext, jobs: unknown, handler: HandlerClass | string, times: number): Verdict {
    const type = typeOf(handler);
    const found = submittedTo(jobs, type);
    return {
      pass: found.length === times,
      message: () =>
        this.isNot === true
          ? `Expected not exactly ${count(times, type)} to have been submitted.\n${listOf(found)}`
          : `Expected ${count(times, type)} to have been submitted, not ${found.length}.\n${listOf(found)}`,
    };
  },

  toHaveCompleted(this: MatcherContext, jobs: unknown, handler: HandlerClass | string, payload?: unknown): Verdict {
    const fits = hasPayload(payload, this.equals);
    return some(jobs, handler, `have completed${told(this, payload)}`, (job) => job.state === 'completed' && fits(job));
  },

  toHaveFailed(
    this: MatcherContext,
    jobs: unknown,
    handler: HandlerClass | string,
    failure?: ExpectedFailure,
  ): Verdict {
    return some(
      jobs,
      handler,
      `have failed${told(this, failure)}`,
      (job) => job.state === 'failed' && failedWith(job, failure, this.equals),
    );
  },
};

/** Passes when some job of the type does; the message shows all of the type, or else all there are. */
function some(
  jobs: unknown,
  handler: HandlerClass | string,
  what: string,
  fits: (job: SubmittedJob) => boolean,
): Verdict {
  const type = typeOf(handler);
  const found = submittedTo(jobs, type);
  const fitting = found.filter(fits);
  return {
    pass: fitting.length > 0,
    // Jest shows the message of a pass where `not` stands before the matcher.
    message: () =>
      fitting.length > 0
        ? `Expected no job of type '${type}' to ${what}.\n${listOf(fitting)}`
        : `Expected a job of type '${type}' to ${what}.\n${
            found.length > 0
              ? listOf(found)
              : `None of the type was submitted. ${listOf((jobs as TestingJobs).submitted())}`
          }`,
  };
}

function submittedTo(jobs: unknown, type: string): readonly SubmittedJob[] {
  if (!(jobs instanceof TestingJobs)) {
    throw new TypeError(`expect(…) needs the TestingJobs of the module, and got ${show(jobs)}`);
  }
  return jobs.submitted(type);
}

function hasPayload(payload: unknown, equals: Equals): (job: SubmittedJob) => boolean {
  return (job) => payload === undefined || matchesPart(job.payload, payload, equals);
}

function failedWith({ error }: SubmittedJob, failure: ExpectedFailure | undefined, equals: Equals): boolean {
  if (failure === undefined) {
    return true;
  }
  if (typeof failure === 'string') {
    return error?.message.includes(failure) === true;
  }
  return failure instanceof RegExp ? failure.test(error?.message ?? '') : matchesPart(error, failure, equals);
}

/** As the test runner writes values: it knows its own asymmetric matchers. */
function told({ utils }: MatcherContext, expected: unknown): string {
  return expected === undefined ? '' : ` with ${utils?.stringify?.(expected) ?? show(expected)}`;
}

function count(times: number, type: string): string {
  return `${times} ${times === 1 ? 'job' : 'jobs'} of type '${type}'`;
}

/** One job a line: payload, state, and why it failed. */
function listOf(jobs: readonly SubmittedJob[]): string {
  if (jobs.length === 0) {
    return 'Nothing was submitted.';
  }
  const lines = jobs.slice(0, SHOWN).map(({ type, payload, state, attempts, error }) => {
    const tried = attempts > 1 ? ` after ${attempts} attempts` : '';
    const why = error === undefined || state === 'completed' ? '' : `, ${error.name} (${error.code}): ${error.message}`;
    return `  ${type} ${show(payload)}: ${state}${tried}${why}`;
  });
  const more = jobs.length > SHOWN ? `\n  … and ${jobs.length - SHOWN} more` : '';
  return `Submitted:\n${lines.join('\n')}${more}`;
}

/** Jobs in a message, at most. */
const SHOWN = 20;
