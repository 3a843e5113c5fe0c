import { hearChanges } from './hear-changes.js';
import { Log } from './ports/log.js';
import type { ChangedSubject, Notifier, Unsubscribe } from './ports/notifier.js';

class Warnings extends Log {
  readonly told: string[] = [];
  override debug(): void {}
  override info(): void {}
  override warn(message: string): void {
    this.told.push(message);
  }
  override error(): void {}
}

/** Answers to a subscription when the test says so. */
class SlowNotifier implements Pick<Notifier, 'onChanged'> {
  readonly ended: ChangedSubject[] = [];
  private answered: { resolve(): void; reject(error: Error): void } | undefined;

  onChanged(subject: ChangedSubject): Promise<Unsubscribe> {
    return new Promise((resolve, reject) => {
      this.answered = {
        resolve: () => resolve(() => Promise.resolve(void this.ended.push(subject))),
        reject,
      };
    });
  }

  answer(): void {
    this.answered?.resolve();
  }

  fail(error: Error): void {
    this.answered?.reject(error);
  }
}

describe('hearing of changes', () => {
  it('leaves no subscription behind where it ends before the store has answered', async () => {
    const notifier = new SlowNotifier();
    const hearing = hearChanges(notifier, 'schedules', () => undefined, new Warnings(), 'Later');
    const ending = hearing.end();
    notifier.answer();
    await ending;
    expect(notifier.ended).toEqual(['schedules']);
  });

  it('says how changes are learnt where the store does not answer, and goes on', async () => {
    const notifier = new SlowNotifier();
    const log = new Warnings();
    const hearing = hearChanges(notifier, 'orders', () => undefined, log, 'With the heartbeat');
    notifier.fail(new Error('away'));
    await hearing.ready;
    await hearing.end();
    expect(log.told).toEqual(['With the heartbeat: away']);
  });
});
