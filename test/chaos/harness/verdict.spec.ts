import { appendFileSync } from 'node:fs';

import type { Death, Incident } from './incident.js';
import { Journal, type JournalEntry, writeJournal } from './journal.js';
import { lineId } from './line-order.js';
import type { StoredJob } from './stored-jobs.js';
import { type Evidence, judge, type Verdict } from './verdict.js';

const CLEAN: Verdict = {
  acknowledged: 1,
  lost: [],
  lostWithinBound: 0,
  repeated: 0,
  repeatedWithinBound: 0,
  doubled: [],
  completedTwice: [],
  overwritten: [],
  overAttempted: [],
  outOfLine: [],
  longestTakeover: 0,
  stories: expect.anything(),
};

interface Line extends Partial<JournalEntry> {
  readonly pid: number;
  readonly event: JournalEntry['event'];
}

const begun = (pid: number, rest: Partial<JournalEntry> = {}): Line => ({ pid, event: 'begun', ...rest });
const done = (pid: number, rest: Partial<JournalEntry> = {}): Line => ({ pid, event: 'done', ...rest });
const told = (pid: number, detail: string, rest: Partial<JournalEntry> = {}): Line => ({
  pid,
  event: 'told',
  detail,
  ...rest,
});
const ONCE = [begun(1), done(1), told(1, 'completed')];
const TWICE = [begun(1), done(1), begun(2), done(2)];
const dead = (...pids: readonly number[]): readonly Death[] => pids.map((pid) => ({ pid, at: 0 }));

describe('the verdict on what was done', () => {
  let journal: Journal;

  beforeEach(() => {
    journal = new Journal();
  });

  afterEach(() => journal.remove());

  function acknowledge(id: string, sent: number, noted = sent): void {
    appendFileSync(journal.acknowledgedFile, `${id} ${sent} ${noted}\n`);
  }

  /** What is said of one job, acknowledged in the second 0, and of its lines, one a second. */
  function verdictOn(lines: readonly Line[], evidence: Partial<Evidence> = {}): Verdict {
    acknowledge('job', 0);
    lines.forEach((line, second) =>
      writeJournal(journal.file, { job: 'job', type: 'flaky', attempt: 1, at: second * 1_000, ...line }),
    );
    return judge({ journal, deaths: [], attempts: { flaky: 2 }, ...evidence });
  }

  it('is content with a job that ran once, and tells nothing of it', () => {
    expect(verdictOn(ONCE)).toEqual({ ...CLEAN, stories: {} });
  });

  it('tells what is known of a job that broke a promise', () => {
    expect(verdictOn([begun(1), told(1, 'retrying')]).stories).toEqual({
      job: ['0: flaky begun, attempt 1, process 1', '1000: flaky told retrying, attempt 1, process 1'],
    });
  });

  describe('on jobs that are lost', () => {
    const fault = (from: number, to: number, forgets = true): Incident => ({ fault: 'killed', forgets, from, to });

    it('finds one that was acknowledged and not done', () => {
      expect(verdictOn([])).toEqual({ ...CLEAN, lost: ['job'] });
    });

    it('finds one that was begun and not done', () => {
      expect(verdictOn([begun(1)])).toMatchObject({ lost: ['job'] });
    });

    it('excuses one that was answered within the bound and written down long after, and not one that was sent after it', () => {
      const evidence = { journal, deaths: [], attempts: {}, incidents: [fault(1_500, 2_000)], bound: 1_000 };
      acknowledge('slow', 1_900, 90_000);
      acknowledge('later', 2_100, 2_200);
      expect(judge(evidence).lost).toEqual(['later']);
    });

    it('excuses one only where the store forgets, and was answered within the bound before it failed', () => {
      const lapse = [fault(1_500, 2_000)];
      expect(verdictOn([], { incidents: lapse, bound: 2_000 })).toEqual({ ...CLEAN, lostWithinBound: 1 });
      expect(judge({ journal, deaths: [], attempts: {}, incidents: lapse, bound: 1_000 }).lost).toEqual(['job']);
      expect(judge({ journal, deaths: [], attempts: {}, incidents: lapse }).lost).toEqual(['job']);
      const other = [fault(1_500, 2_000, false)];
      expect(judge({ journal, deaths: [], attempts: {}, incidents: other, bound: 2_000 }).lost).toEqual(['job']);
    });
  });

  describe('on jobs that ran twice', () => {
    it('finds one', () => {
      expect(verdictOn(TWICE)).toEqual({ ...CLEAN, doubled: ['job'] });
    });

    it('excuses it where who ran it first died, and says how long that took', () => {
      expect(verdictOn(TWICE, { deaths: dead(1) })).toEqual({ ...CLEAN, repeated: 1, longestTakeover: 2_000 });
      expect(judge({ journal, deaths: dead(2), attempts: { flaky: 2 } }).doubled).toEqual(['job']);
    });

    it('excuses a run that was refused, of a process that had lost the job without knowing', () => {
      expect(verdictOn([...ONCE, begun(2), done(2), told(2, 'lost-lease')])).toMatchObject({
        doubled: [],
        repeated: 1,
      });
    });

    it('does not excuse it by a death after the outcome was taken', () => {
      expect(verdictOn([...ONCE, begun(2), done(2)], { deaths: dead(1) }).doubled).toEqual(['job']);
    });

    it.each(['lost-lease', 'released'])('excuses it where who ran it first was told: %s', (detail) => {
      expect(verdictOn([...TWICE, told(1, detail)])).toEqual({ ...CLEAN, repeated: 1 });
    });

    it('does not excuse it by what was told of another attempt, to another process, or before it began', () => {
      const others = [told(1, 'lost-lease', { attempt: 2 }), told(3, 'lost-lease')];
      expect(verdictOn([told(1, 'released'), ...TWICE, ...others]).doubled).toEqual(['job']);
    });

    it('excuses it where the store forgot its end, and not where it remembered', () => {
      const incidents = [{ fault: 'killed', forgets: true, from: 1_500, to: 1_600 }];
      expect(verdictOn(TWICE, { incidents, bound: 1_000 })).toEqual({ ...CLEAN, repeatedWithinBound: 1 });
      expect(judge({ journal, deaths: [], attempts: { flaky: 2 }, incidents }).doubled).toEqual(['job']);
      expect(judge({ journal, deaths: [], attempts: { flaky: 2 }, incidents, bound: 200 }).doubled).toEqual(['job']);
    });
  });

  it('takes a second attempt for what it is, and finds one that the type does not allow', () => {
    const retried = [begun(1), begun(1, { attempt: 2 }), done(1, { attempt: 2 })];
    expect(verdictOn(retried)).toEqual(CLEAN);
    expect(judge({ journal, deaths: [], attempts: {} })).toEqual({ ...CLEAN, overAttempted: ['job'] });
  });

  it('finds an attempt that is repeated behind a later one', () => {
    const lines = [begun(1), begun(2, { attempt: 2 }), done(2, { attempt: 2 }), begun(3), done(3)];
    expect(verdictOn(lines).doubled).toEqual(['job']);
  });

  it('finds a job that was taken for completed twice', () => {
    expect(verdictOn([...ONCE, told(2, 'completed')])).toEqual({ ...CLEAN, completedTwice: ['job'] });
  });

  describe('on what is stored of a job', () => {
    const stored = (changes: Partial<StoredJob>): readonly StoredJob[] => [
      {
        id: 'job',
        stored: '.job',
        state: 'completed',
        token: '0',
        holder: '',
        generation: '0',
        attempts: 1,
        crashes: 0,
        flags: '',
        priority: '0',
        retain: '',
        result: '{"by":1}',
        ...changes,
      },
    ];

    it('is content where it is the result of whose outcome was taken', () => {
      expect(verdictOn(ONCE, { stored: stored({}) })).toEqual(CLEAN);
    });

    it('finds a result that a late worker has put in its place', () => {
      const late = [...ONCE, begun(2), done(2)];
      expect(verdictOn(late, { stored: stored({ result: '{"by":2}' }) }).overwritten).toEqual(['job']);
    });

    it('finds a job that was completed and is in another final state', () => {
      expect(verdictOn(ONCE, { stored: stored({ state: 'failed', result: '' }) }).overwritten).toEqual(['job']);
    });

    it('finds a job that is completed and that nobody has done', () => {
      expect(verdictOn([begun(1), done(1)], { stored: stored({ result: '{"by":2}' }) }).overwritten).toEqual(['job']);
      expect(judge({ journal, deaths: [], attempts: {}, stored: stored({ result: '' }) }).overwritten).toEqual(['job']);
    });
  });

  describe('on the order of a line', () => {
    const FIRST = lineId(7, 9);
    const SECOND = lineId(7, 10);

    function orderOf(lines: readonly Line[], incidents: readonly Incident[] = []): readonly string[] {
      for (const id of [FIRST, SECOND]) acknowledge(id, 60_000);
      lines.forEach((line, second) =>
        writeJournal(journal.file, { job: '', type: 'step', attempt: 1, at: 61_000 + second * 1_000, ...line }),
      );
      return judge({ journal, deaths: [], attempts: {}, incidents }).outOfLine;
    }

    const TURNED = [begun(1, { job: SECOND }), begun(1, { job: FIRST })];

    it('is content with the order in which they were submitted, also where one runs again', () => {
      const lines = [begun(1, { job: FIRST }), begun(1, { job: SECOND }), begun(2, { job: FIRST })];
      expect(orderOf(lines)).toEqual([]);
    });

    it('finds a job that was overtaken', () => {
      expect(orderOf(TURNED)).toEqual([FIRST]);
    });

    it('compares those of one producer only', () => {
      expect(orderOf([begun(1, { job: SECOND }), begun(1, { job: lineId(8, 1) })])).toEqual([]);
    });

    it('excuses one that was given back before it began', () => {
      expect(orderOf([told(2, 'released', { job: FIRST }), ...TURNED])).toEqual([]);
    });

    it('does not excuse it by what was told of another, or afterwards', () => {
      const lines = [told(2, 'released', { job: SECOND }), ...TURNED, told(2, 'lost-lease', { job: FIRST })];
      expect(orderOf(lines)).toEqual([FIRST]);
    });

    it('excuses it by a fault while it waited, and not by one that was over long before or came after', () => {
      const fault = (from: number, to: number): Incident => ({ fault: 'a worker is killed', forgets: false, from, to });
      expect(orderOf(TURNED, [fault(61_000, 61_500)])).toEqual([]);
      const others = [fault(10_000, 40_000), fault(70_000, 80_000)];
      expect(judge({ journal, deaths: [], attempts: {}, incidents: others }).outOfLine).toEqual([FIRST]);
    });

    it('excuses no more by one fault than processes can have had on their way', () => {
      const ids = Array.from({ length: 8 }, (_, number) => lineId(7, 8 - number));
      ids.forEach((id) => acknowledge(id, 60_000));
      const lines = ids.map((job) => begun(1, { job }));
      const incidents = [{ fault: 'a worker is killed', forgets: false, from: 60_000, to: 70_000 }];
      expect(orderOf(lines, incidents)).toHaveLength(3);
    });
  });
});
