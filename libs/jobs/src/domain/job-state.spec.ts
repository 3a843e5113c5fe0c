import {
  FINISHED_STATES,
  isFinished,
  JOB_STATES,
  type MoveCause,
  mayMove,
  STATE_MEANINGS,
  statesThatAllow,
  TRANSITIONS,
} from './job-state.js';

const moves = JOB_STATES.flatMap((from) =>
  JOB_STATES.flatMap((to) => (TRANSITIONS[from][to] ?? []).map((cause) => ({ from, to, cause }))),
);

describe('the table of transitions', () => {
  it('speaks of the eight states and no other', () => {
    expect(Object.keys(TRANSITIONS).toSorted()).toEqual([...JOB_STATES].toSorted());
    expect(Object.keys(STATE_MEANINGS).toSorted()).toEqual([...JOB_STATES].toSorted());
    for (const targets of Object.values(TRANSITIONS)) {
      expect(JOB_STATES).toEqual(expect.arrayContaining(Object.keys(targets)));
    }
  });

  it('gives every move a cause, once', () => {
    for (const from of JOB_STATES) {
      for (const causes of Object.values(TRANSITIONS[from])) {
        expect(causes.length).toBeGreaterThan(0);
        expect(new Set(causes).size).toBe(causes.length);
      }
    }
  });

  it('moves finished jobs by hand only, and completed ones never', () => {
    expect(TRANSITIONS.completed).toEqual({});
    const fromFinished = moves.filter(({ from }) => isFinished(from));
    expect(new Set(fromFinished.map(({ cause }) => cause))).toEqual(new Set(['retried-by-hand']));
    expect(new Set(fromFinished.map(({ to }) => to))).toEqual(new Set(['pending']));
  });

  it('runs a job from pending only, by a claim only', () => {
    expect(moves.filter(({ to }) => to === 'running')).toEqual([{ from: 'pending', to: 'running', cause: 'claimed' }]);
  });

  it('lets every job that is not finished be cancelled, and come to an end', () => {
    expect(statesThatAllow('cancelled').toSorted()).toEqual(
      JOB_STATES.filter((state) => !isFinished(state)).toSorted(),
    );
    for (const state of JOB_STATES) {
      expect(FINISHED_STATES.some((end) => reaches(state, end))).toBe(true);
    }
  });

  it('leads one way for a cause where a receipt promises the state', () => {
    for (const cause of ['cancelled', 'retried-by-hand', 'promoted', 'rescheduled'] satisfies readonly MoveCause[]) {
      for (const from of statesThatAllow(cause)) {
        expect(moves.filter((move) => move.from === from && move.cause === cause)).toHaveLength(1);
      }
    }
  });
});

describe('mayMove', () => {
  it('agrees with the table for every pair of states, with and without a cause', () => {
    for (const from of JOB_STATES) {
      for (const to of JOB_STATES) {
        const causes = TRANSITIONS[from][to];
        expect(mayMove(from, to)).toBe(causes !== undefined);
        for (const { cause } of moves) {
          expect(mayMove(from, to, cause)).toBe(causes?.includes(cause) === true);
        }
      }
    }
  });
});

describe('statesThatAllow', () => {
  it('names the states an operation accepts', () => {
    expect(statesThatAllow('claimed')).toEqual(['pending']);
    expect(statesThatAllow('retried-by-hand')).toEqual(['failed', 'cancelled']);
    expect(statesThatAllow('promoted')).toEqual(['scheduled', 'retrying']);
    expect(statesThatAllow('rescheduled')).toEqual(['scheduled', 'pending', 'retrying']);
  });
});

function reaches(from: (typeof JOB_STATES)[number], to: (typeof JOB_STATES)[number]): boolean {
  const seen = new Set([from]);
  for (const state of seen) {
    for (const next of Object.keys(TRANSITIONS[state]) as (typeof JOB_STATES)[number][]) {
      seen.add(next);
    }
  }
  return seen.has(to);
}
