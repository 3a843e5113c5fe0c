import { VirtualClock } from '../../testing/virtual-clock.js';
import { BoundedLook } from './bounded-look.js';

const LIMIT = 2_000;
const FRESH = 1_000;

/** A source that answers when it is told to. */
class Source {
  asked = 0;
  private answers: { resolve(value: number): void; reject(error: Error): void }[] = [];

  readonly look = (): Promise<number> => {
    this.asked++;
    return new Promise((resolve, reject) => this.answers.push({ resolve, reject }));
  };

  answer(value: number): void {
    this.answers.shift()?.resolve(value);
  }

  fail(message: string): void {
    this.answers.shift()?.reject(new Error(message));
  }
}

describe('a bounded look', () => {
  let clock: VirtualClock;
  let source: Source;
  let bounded: BoundedLook<number>;

  beforeEach(() => {
    clock = new VirtualClock();
    source = new Source();
    bounded = new BoundedLook(clock, source.look, LIMIT, FRESH);
  });

  it('is one for all who ask meanwhile, and for a moment after', async () => {
    const all = Promise.all(Array.from({ length: 50 }, () => bounded.see()));
    await clock.settle();
    expect(source.asked).toBe(1);
    source.answer(7);
    expect(await all).toEqual(Array.from({ length: 50 }, () => ({ known: true, value: 7 })));
    await clock.advance(FRESH - 1);
    expect(await bounded.see()).toEqual({ known: true, value: 7 });
    expect(source.asked).toBe(1);
    await clock.advance(1);
    const next = bounded.see();
    await clock.settle();
    expect(source.asked).toBe(2);
    source.answer(8);
    expect(await next).toEqual({ known: true, value: 8 });
  });

  it('is not waited for beyond the limit, and not begun again while it is under way', async () => {
    const late = { known: false, reason: 'no answer within 2s' };
    const first = bounded.see();
    await clock.advance(LIMIT);
    expect(await first).toEqual(late);
    // The next are told at once: what they would wait for has had its time.
    expect(await bounded.see()).toEqual(late);
    await clock.advance(60_000);
    expect(await bounded.see()).toEqual(late);
    expect(source.asked).toBe(1);
    source.answer(9);
    await clock.settle();
    expect(await bounded.see()).toEqual({ known: true, value: 9 });
  });

  it('says why it saw nothing, and looks again', async () => {
    const failing = bounded.see();
    await clock.settle();
    source.fail('no route to host');
    expect(await failing).toEqual({ known: false, reason: 'no route to host' });
    expect(await bounded.see()).toEqual({ known: false, reason: 'no route to host' });
    await clock.advance(FRESH);
    const again = bounded.see();
    await clock.settle();
    source.answer(1);
    expect(await again).toEqual({ known: true, value: 1 });
  });

  it('outlives a source that throws where it should reject', async () => {
    let broken = true;
    const throwing = new BoundedLook(
      clock,
      () => {
        if (broken) {
          throw new Error('broken');
        }
        return Promise.resolve(1);
      },
      LIMIT,
      FRESH,
    );
    expect(await throwing.see()).toEqual({ known: false, reason: 'broken' });
    broken = false;
    await clock.advance(FRESH);
    expect(await throwing.see()).toEqual({ known: true, value: 1 });
  });
});
