import * as fc from 'fast-check';
import { RetryLaterError, UnrecoverableError } from './errors/errors.js';
import { decideOutcome, decideStray, type Ending, MAX_STRAYS } from './outcome.js';
import { parseRetry } from './retry-policy.js';

const policy = parseRetry({ attempts: 3, jitter: 0 });
const decide = (ending: Ending, attempt = 1, maxAttempts = 3) =>
  decideOutcome({ attempt, maxAttempts }, ending, policy, 0.5);
const threw = (error: Error): Ending => ({ kind: 'threw', error });

describe('decideOutcome', () => {
  it('completes with the result, or without one', () => {
    expect(decide({ kind: 'returned', result: '1' })).toEqual({ kind: 'completed', result: '1' });
    expect(decide({ kind: 'returned' })).toEqual({ kind: 'completed' });
  });

  it('passes on a snooze, a cancel and a shutdown', () => {
    expect(decide({ kind: 'snoozed', delay: 5 })).toEqual({ kind: 'snoozed', delay: 5 });
    expect(decide({ kind: 'cancelled' })).toEqual({ kind: 'cancelled' });
    expect(decide({ kind: 'shut-down' })).toEqual({ kind: 'released', reason: 'shutdown' });
  });

  it('retries an error by the policy while attempts are left', () => {
    expect(decide(threw(new Error('x')), 2)).toMatchObject({
      kind: 'retry',
      delay: 2_000,
      failure: { code: 'error', message: 'x' },
    });
    expect(decide(threw(new Error('x')), 3)).toMatchObject({ kind: 'failed', failure: { message: 'x' } });
    expect(decide(threw(new Error('x')), 1, 1).kind).toBe('failed');
  });

  it('gives up at once on an UnrecoverableError', () => {
    expect(decide(threw(new UnrecoverableError('x')))).toMatchObject({
      kind: 'failed',
      failure: { code: 'unrecoverable' },
    });
  });

  it('gives up at once on an ending that is final', () => {
    expect(decide({ kind: 'threw', error: new Error('x'), final: true }).kind).toBe('failed');
  });

  it('takes the delay that a RetryLaterError asks for, within the attempts', () => {
    expect(decide(threw(new RetryLaterError('5m')))).toMatchObject({ kind: 'retry', delay: 300_000 });
    expect(decide(threw(new RetryLaterError('soon')))).toMatchObject({ kind: 'retry', delay: 1_000 });
    expect(decide(threw(new RetryLaterError('5m')), 3).kind).toBe('failed');
  });

  it('never retries past the attempts, whatever was thrown', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 20 }),
        fc.string(),
        (attempt, max, text) => {
          const { kind } = decide(threw(new Error(text)), attempt, max);
          expect(kind).toBe(attempt < max ? 'retry' : 'failed');
        },
      ),
    );
  });
});

describe('decideStray', () => {
  it('sends a job back with a growing delay, a bounded number of times', () => {
    const outcomes = Array.from({ length: MAX_STRAYS + 1 }, (_, strays) => decideStray({ type: 'mail', strays }));
    const delays = outcomes.slice(0, MAX_STRAYS).map((outcome) => (outcome.kind === 'released' ? outcome.delay : -1));
    expect(delays).toEqual([1, 2, 4, 8, 16, 30, 30, 30, 30, 30].map((seconds) => seconds * 1_000));
    expect(outcomes.at(-1)).toMatchObject({ kind: 'failed', failure: { code: 'no-handler' } });
  });
});
