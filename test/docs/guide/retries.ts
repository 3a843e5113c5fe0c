import { type Handler, type JobContext, JobHandler, RetryLaterError, UnrecoverableError } from 'nestjs-jobs';

export class CardDeclined extends Error {
  readonly code = 'card-declined';
}

@JobHandler('charge', {
  retry: {
    attempts: 6,
    backoff: 'exponential', // 1 s, 2 s, 4 s … each ± 10 %
    initialDelay: '1s',
    factor: 2,
    maxDelay: '10m',
    retryOn: ['network', 'database', 'rate-limited'], // presets, and error codes or names
    giveUpOn: CardDeclined, // a class; wins over retryOn
  },
})
export class Charge implements Handler<{ cents: number; answer: string }, string> {
  handle({ cents, answer }: { cents: number; answer: string }, job: JobContext): string {
    switch (answer) {
      case 'busy':
        throw new RetryLaterError('30s'); // this attempt failed; the next comes in 30 s
      case 'unknown account':
        throw new UnrecoverableError('there is no such account'); // no further attempt
      case 'declined':
        throw new CardDeclined('the bank says no');
      case 'closed':
        return job.snooze('8h'); // no attempt is used
      default:
        return `${cents} charged`;
    }
  }
}

@JobHandler('poll', { retry: { attempts: 20, backoff: (attempt) => (attempt < 5 ? '2s' : '1m') } })
export class Poll implements Handler<undefined, string> {
  handle(): string {
    return 'ready';
  }
}
