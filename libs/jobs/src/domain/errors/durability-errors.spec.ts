import { UnconfirmedWriteError } from './durability-errors.js';

describe('an unconfirmed write', () => {
  it.each([
    [{ replicas: 1, wanted: 2, timeout: 500 }, 'within 500 ms 1 of 2 replicas had it'],
    [
      { replicas: 0, wanted: 0, appendOnly: false, timeout: 500 },
      "within 500 ms it was not in the primary's append-only file",
    ],
    [
      { replicas: 0, wanted: 1, appendOnly: true, timeout: 500 },
      "within 500 ms it was in the primary's append-only file and in those of 0 of 1 replica",
    ],
    [{ replicas: 0, wanted: 1, timeout: 500, reason: 'NOPERM' }, 'nobody could say where (NOPERM)'],
  ])('says how far it had come: %j', (write, text) => {
    const error = new UnconfirmedWriteError('mail', ['a'], write);
    expect(error.message).toContain(`Job "a" is stored in queue 'mail' and will be run, but `);
    expect(error.message).toContain(`${text}: a crash or a failover may still lose`);
    expect(error).toMatchObject({ code: 'unconfirmed-write', name: 'UnconfirmedWriteError', jobIds: ['a'], write });
  });

  it('of several jobs counts them', () => {
    const error = new UnconfirmedWriteError('mail', ['a', 'b'], { replicas: 0, wanted: 1, timeout: 500 });
    expect(error.message).toMatch(/^2 jobs are stored in queue 'mail'/);
  });
});
