import {
  circuitBreaker,
  CircuitState as PolicyState,
  type CircuitBreakerPolicy,
  ConsecutiveBreaker,
  CountBreaker,
  DelegateBackoff,
  handleWhen,
  type IBreaker,
} from 'cockatiel';
import { isSnooze, type JobContext } from '../application/attempts/job-context.js';
import { errorFields, type LogRecord } from '../application/log-record.js';
import type { Log } from '../application/ports/log.js';
import { JobCancelledError, LostLeaseError, ShutdownError } from '../domain/errors/errors.js';
import { toError } from '../domain/failure.js';
import type { CircuitSettings } from './circuit-options.js';
import type { CircuitState, CircuitView } from './circuit-view.js';
import { abortOf } from './abort-of.js';

/** No job comes again sooner, in milliseconds: what finds a try under way must not be spun through. */
const LEAST_DELAY = 1_000;

/** Milliseconds between two jobs that come again, where they are many: a thousand a second are put off for little. */
const APART = 1;

/**
 * The circuit of one job type in this process. While it is open, its jobs are put off until it may half-open, which
 * uses no attempt; of those that come then, one tries, and the others are put off again.
 */
export class Circuit {
  private readonly policy: CircuitBreakerPolicy;
  /** How long it is open for, in milliseconds. */
  private wait = 0;
  /** Epoch milliseconds at which this opening began; the first one, and the latest. */
  private openedAt = 0;
  private reopenedAt = 0;
  private putOff_ = 0;
  /** Somebody comes when a try is allowed. */
  private tryIsComing = false;
  /** Epoch milliseconds at which the last of those that were put off is expected. */
  private lineEnds = 0;
  private failure: Error | undefined;

  constructor(
    private readonly type: string,
    private readonly settings: CircuitSettings,
    private readonly log: Log,
  ) {
    const { halfOpenAfter, maxHalfOpenAfter } = settings;
    this.policy = circuitBreaker(
      handleWhen((error) => (error instanceof UntoldError ? error.wasTry : settings.counts(error))),
      {
        breaker: breakerOf(settings.threshold),
        halfOpenAfter: new DelegateBackoff(({ attempt }) => {
          this.wait = Math.min(halfOpenAfter * 2 ** Math.min(attempt - 1, 30), maxHalfOpenAfter);
          return this.wait;
        }),
      },
    );
    this.policy.onBreak((reason) => this.opened('error' in reason ? reason.error : undefined));
    this.policy.onReset(() => this.closed());
  }

  /** Runs the attempt, or puts its job off. */
  run(job: JobContext, next: () => Promise<unknown>): Promise<unknown> {
    if (this.policy.state === PolicyState.HalfOpen) {
      // The policy would let it wait for the try, and hold a worker.
      return this.putOff(job);
    }
    const tries = this.policy.state === PolicyState.Open;
    const attempt: { running?: Promise<unknown> } = {};
    const verdict = this.policy.execute(async () => {
      // Before the handler takes the signal: an abort is to be seen as what it is, not as what the handler makes of it.
      const aborted = abortOf(job.signal);
      attempt.running = next();
      try {
        await Promise.race([attempt.running, aborted]);
      } catch (thrown) {
        const error = toError(thrown);
        throw tellsNothing(error) ? new UntoldError(error, tries) : error;
      }
    });
    verdict.catch(() => undefined);
    // The policy has called it within `execute`, or it will not. A handler that ignores its signal keeps its worker.
    return attempt.running ?? this.putOff(job);
  }

  get view(): CircuitView {
    const state = STATES[this.policy.state];
    return {
      type: this.type,
      state,
      ...(state === 'closed' ? {} : { openedAt: new Date(this.openedAt) }),
      ...(state === 'open' ? { halfOpenAt: new Date(this.reopenedAt + this.wait) } : {}),
      putOff: this.putOff_,
      ...(this.failure === undefined ? {} : errorFields(this.failure)),
    };
  }

  /** The first comes when a try is allowed, the others spread out behind it. */
  private async putOff(job: JobContext): Promise<never> {
    const now = Date.now();
    const isOpen = this.policy.state === PolicyState.Open;
    const mayTryAt = Math.max(now + LEAST_DELAY, isOpen ? this.reopenedAt + this.wait : now);
    this.putOff_++;
    if (isOpen && !this.tryIsComing) {
      this.tryIsComing = true;
      return job.snooze(mayTryAt - now);
    }
    this.lineEnds = Math.max(this.lineEnds, mayTryAt) + APART;
    const at = Math.max(this.lineEnds, mayTryAt + Math.random() * this.settings.spread);
    return job.snooze(Math.ceil(at - now));
  }

  private opened(error: Error | undefined): void {
    const failure = error instanceof UntoldError ? error.cause : error;
    this.reopenedAt = Date.now();
    if (this.openedAt === 0) {
      this.openedAt = this.reopenedAt;
    }
    this.tryIsComing = false;
    this.failure = failure;
    this.say('warn', `Circuit of '${this.type}' is open: its jobs are put off`, {
      event: 'circuit.opened',
      delay: this.wait,
      ...(failure === undefined ? {} : errorFields(failure)),
    });
    this.tell(this.settings.onOpen);
  }

  private closed(): void {
    const duration = Date.now() - this.openedAt;
    this.openedAt = 0;
    this.failure = undefined;
    this.say('info', `Circuit of '${this.type}' is closed again`, { event: 'circuit.closed', duration });
    this.tell(this.settings.onClose);
    this.putOff_ = 0;
  }

  private say(level: 'warn' | 'info', message: string, fields: LogRecord): void {
    this.log[level](message, { type: this.type, ...fields });
  }

  private tell(listener: (circuit: CircuitView) => void): void {
    try {
      listener(this.view);
    } catch (error) {
      this.log.error('A listener of a circuit failed', error, { type: this.type });
    }
  }
}

/** An attempt that says nothing about what its handler works with: it counts for nothing, and as a try keeps the circuit open. */
class UntoldError extends Error {
  override readonly name = 'UntoldError';

  constructor(
    override readonly cause: Error,
    readonly wasTry: boolean,
  ) {
    super(cause.message);
  }
}

/** Put off, cancelled, shut down, or its lease was lost. */
function tellsNothing(error: Error): boolean {
  return (
    isSnooze(error) ||
    error instanceof JobCancelledError ||
    error instanceof ShutdownError ||
    error instanceof LostLeaseError
  );
}

const STATES: Readonly<Record<PolicyState, CircuitState>> = {
  [PolicyState.Closed]: 'closed',
  [PolicyState.Open]: 'open',
  [PolicyState.HalfOpen]: 'half-open',
  // Nobody isolates it.
  [PolicyState.Isolated]: 'open',
};

function breakerOf(threshold: CircuitSettings['threshold']): IBreaker {
  return typeof threshold === 'number'
    ? new ConsecutiveBreaker(threshold)
    : new CountBreaker({ threshold: threshold.share, size: threshold.of, minimumNumberOfCalls: threshold.atLeast });
}
