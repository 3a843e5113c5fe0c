import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { waitFor, type WaitOptions } from '../../servers/wait-for.js';

/**
 * What a handler did, or what the engine told its process of an attempt: `begun`, `done` and `aborted` are written by
 * handlers, `told` by a listener to the process's own job events.
 */
export interface JournalEntry {
  readonly job: string;
  readonly type: string;
  readonly attempt: number;
  readonly pid: number;
  readonly event: 'begun' | 'done' | 'aborted' | 'told';
  /** Why it was aborted, or the kind of the event. */
  readonly detail?: string;
  readonly at: number;
}

/** Something happened in between, in epoch milliseconds. */
export interface Span {
  readonly since: number;
  readonly until: number;
}

/** Adds one line to a journal: a single write to the file's end, so that processes may share it and die at any moment. */
export function writeJournal(file: string, entry: JournalEntry): void {
  appendFileSync(file, `${JSON.stringify(entry)}\n`, { flag: 'a' });
}

/** What handlers in all worker processes did, in the order in which they wrote it down. */
export class Journal {
  readonly file: string;
  /** Ids that producers were told are in the store, one a line, each with when it was sent and when that was written down. */
  readonly acknowledgedFile: string;
  private readonly folder = mkdtempSync(join(tmpdir(), 'nestjs-jobs-chaos-'));

  constructor() {
    this.file = join(this.folder, 'journal.jsonl');
    this.acknowledgedFile = join(this.folder, 'acknowledged');
  }

  entries(match: Partial<JournalEntry> = {}): readonly JournalEntry[] {
    if (!existsSync(this.file)) return [];
    const wanted = Object.entries(match) as [keyof JournalEntry, unknown][];
    return readFileSync(this.file, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as JournalEntry)
      .filter((entry) => wanted.every(([key, value]) => entry[key] === value));
  }

  acknowledged(): readonly string[] {
    return [...this.acknowledgements().keys()];
  }

  /** When each submit was acknowledged, by the job's id. */
  acknowledgements(): ReadonlyMap<string, Span> {
    const lines = existsSync(this.acknowledgedFile) ? readFileSync(this.acknowledgedFile, 'utf8').split('\n') : [''];
    return new Map(
      lines.slice(0, -1).map((line) => {
        const [id = '', sent, noted] = line.split(' ');
        return [id, { since: Number(sent), until: Number(noted) }] as const;
      }),
    );
  }

  /** What was written behind so many bytes, without a line that is being written. */
  since(offset: number): readonly JournalEntry[] {
    if (!existsSync(this.file)) return [];
    const file = openSync(this.file, 'r');
    try {
      const behind = Buffer.alloc(Math.max(0, this.size - offset));
      const read = readSync(file, behind, 0, behind.length, offset);
      const lines = behind.subarray(0, read).toString().split('\n').slice(0, -1);
      // The first may have begun before.
      return lines.filter((line) => line.startsWith('{"job"')).map((line) => JSON.parse(line) as JournalEntry);
    } finally {
      closeSync(file);
    }
  }

  /** Bytes written so far: tells cheaply that work goes on. */
  get size(): number {
    return statSync(this.file, { throwIfNoEntry: false })?.size ?? 0;
  }

  count(match: Partial<JournalEntry>): number {
    return this.entries(match).length;
  }

  /** Resolves with the entries that match, once there are so many. */
  async waitFor(match: Partial<JournalEntry>, count = 1, options: WaitOptions = {}): Promise<readonly JournalEntry[]> {
    return waitFor(
      () => {
        const found = this.entries(match);
        return found.length >= count && found;
      },
      { what: `${count} journal entries like ${JSON.stringify(match)}`, ...options },
    );
  }

  /** Jobs with more entries of a kind than one, with their count. */
  repeated(event: JournalEntry['event'], detail?: string): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { job } of this.entries(detail === undefined ? { event } : { event, detail })) {
      counts.set(job, (counts.get(job) ?? 0) + 1);
    }
    return new Map([...counts].filter(([, count]) => count > 1));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
