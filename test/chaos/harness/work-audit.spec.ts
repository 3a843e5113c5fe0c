import { appendFileSync } from 'node:fs';

import { Journal, type JournalEntry, writeJournal } from './journal.js';
import { auditWork, type WorkAudit } from './work-audit.js';

const CLEAN: WorkAudit = { lost: [], doubled: [], completedTwice: [], overAttempted: [] };

type Line = readonly [pid: number, event: JournalEntry['event'], detail?: string, attempt?: number];

describe('the audit of what was done', () => {
  let journal: Journal;

  beforeEach(() => {
    journal = new Journal();
  });

  afterEach(() => journal.remove());

  function audit(lines: readonly Line[], killed: readonly number[] = []): WorkAudit {
    appendFileSync(journal.acknowledgedFile, 'job\n');
    for (const [pid, event, detail, attempt = 1] of lines) {
      const entry = { job: 'job', type: 'note', attempt, pid, event, at: 0 };
      writeJournal(journal.file, detail === undefined ? entry : { ...entry, detail });
    }
    return auditWork(journal, { killed: new Set(killed), attempts: 2 });
  }

  it('is content with a job that ran once', () => {
    expect(
      audit([
        [1, 'begun'],
        [1, 'done'],
        [1, 'told', 'completed'],
      ]),
    ).toEqual(CLEAN);
  });

  it('finds a job that was acknowledged and not done', () => {
    expect(audit([])).toEqual({ ...CLEAN, lost: ['job'] });
    expect(audit([[1, 'begun']])).toMatchObject({ lost: ['job'] });
  });

  it('finds a job that ran twice, unless who ran it first died or lost it', () => {
    const twice: readonly Line[] = [
      [1, 'begun'],
      [1, 'done'],
      [2, 'begun'],
      [2, 'done'],
    ];
    expect(audit(twice)).toEqual({ ...CLEAN, doubled: ['job'] });
    expect(auditWork(journal, { killed: new Set([1]), attempts: 2 })).toEqual(CLEAN);
    expect(auditWork(journal, { killed: new Set([2]), attempts: 2 })).toEqual({ ...CLEAN, doubled: ['job'] });
    expect(audit([[1, 'told', 'lost-lease']])).toEqual(CLEAN);
  });

  it('takes a second attempt for what it is, and not a third', () => {
    expect(
      audit([
        [1, 'begun'],
        [1, 'begun', undefined, 2],
        [1, 'done', undefined, 2],
      ]),
    ).toEqual(CLEAN);
    expect(audit([[1, 'begun', undefined, 3]])).toEqual({ ...CLEAN, overAttempted: ['job'] });
  });

  it('finds a job that was taken for completed twice', () => {
    expect(
      audit([
        [1, 'done'],
        [1, 'told', 'completed'],
        [2, 'told', 'completed'],
      ]),
    ).toEqual({
      ...CLEAN,
      completedTwice: ['job'],
    });
  });
});
