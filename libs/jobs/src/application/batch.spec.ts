import { Batch } from './batch.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('Batch', () => {
  it('sends together what is added in one tick of the event loop', async () => {
    const sent: number[][] = [];
    const batch = new Batch<number>(async (entries) => void sent.push([...entries]));
    batch.add(1);
    batch.add(2);
    await Promise.resolve();
    batch.add(3);
    expect(sent).toEqual([]);
    await batch.flush();
    expect(sent).toEqual([[1, 2, 3]]);
  });

  it('gathers while two batches are under way, and sends the rest when one is answered', async () => {
    const sent: number[][] = [];
    const answers: (() => void)[] = [];
    const batch = new Batch<number>((entries) => {
      sent.push([...entries]);
      return new Promise((resolve) => answers.push(resolve));
    });
    for (let entry = 1; entry <= 5; entry++) {
      batch.add(entry);
      await turn();
    }
    expect(sent).toEqual([[1], [2]]);
    answers[1]?.();
    await turn();
    await turn();
    expect(sent).toEqual([[1], [2], [3, 4, 5]]);
    let flushed = false;
    void batch.flush().then(() => (flushed = true));
    answers[0]?.();
    await turn();
    expect(flushed).toBe(false);
    answers[2]?.();
    await turn();
    expect(flushed).toBe(true);
  });

  it('sends many at once as two halves, in order, so that neither side waits for the other', async () => {
    const sent: number[][] = [];
    const answers: (() => void)[] = [];
    const batch = new Batch<number>((entries) => {
      sent.push([...entries]);
      return new Promise((resolve) => answers.push(resolve));
    });
    const numbers = (first: number, count: number): number[] => Array.from({ length: count }, (_, n) => first + n);
    numbers(0, 100).forEach((entry) => batch.add(entry));
    await turn();
    expect(sent).toEqual([numbers(0, 50), numbers(50, 50)]);
    numbers(100, 50).forEach((entry) => batch.add(entry));
    answers[0]?.();
    await turn();
    await turn();
    expect(sent[2]).toEqual(numbers(100, 50));
    answers.forEach((answer) => answer());
    await batch.flush();
  });

  it('has nothing to flush when nothing was added', async () => {
    const batch = new Batch<number>(() => Promise.reject(new Error('never sent')));
    await batch.flush();
  });
});
