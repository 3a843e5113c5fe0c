import {
  HISTORY_KEPT,
  type HistoryDelta,
  type HistoryQuery,
  HistoryStore,
  type MinuteFigures,
  type StoreTime,
} from '../../../application/ports/history-store.js';
import { OTHER, type SeriesFigures } from '../../../domain/history/job-figures.js';
import { SYSTEM } from '../stored/keys.js';
import type { ScriptCaller } from '../scripts/script-caller.js';

/** Counts that find no server are kept by who has them, and told later: one call is not sent again for long. */
const SHORT_PATIENCE = 5_000;

/** Minutes that one script reads: with a hundred series each, some thousand values. */
const READ_AT_ONCE = 30;

/** The name of the series that the rest is added to; a name of its own has a line break in it. */
const REST = 'other';

/** The history of jobs on Redis: a hash for each minute, in which scripts add numbers up. */
export class RedisHistoryStore extends HistoryStore {
  constructor(private readonly caller: ScriptCaller) {
    super();
  }

  override async add({ recorder, number, minute, most, series }: HistoryDelta): Promise<StoreTime> {
    const named = series.flatMap((each) => [nameOf(each), writeFigures(each)]);
    const args = [minute, recorder, number, most, HISTORY_KEPT, ...named];
    const patience = Math.min(SHORT_PATIENCE, this.caller.patience);
    return { now: Number(await this.caller.restate(SYSTEM, 'tally', args, patience)) };
  }

  override async read({ from, to, queue = '', type = '' }: HistoryQuery): Promise<readonly MinuteFigures[]> {
    const found: MinuteFigures[] = [];
    for (let next: number | undefined = from; next !== undefined;) {
      const args = [next, to, READ_AT_ONCE, HISTORY_KEPT, queue, type];
      const [last = '', ...values] = (await this.caller.readNow(SYSTEM, 'history', args)) as readonly string[];
      for (let at = 0; at + 2 < values.length; at += 3) {
        found.push({ minute: Number(values[at]), ...readFigures(values[at + 1] as string, values[at + 2] as string) });
      }
      next = last === '' ? undefined : Number(last) + 1;
    }
    return found;
  }
}

function nameOf({ queue, type }: SeriesFigures): string {
  return queue === OTHER ? REST : `${queue}\n${type}`;
}

function writeFigures({ counts, wait, duration }: SeriesFigures): string {
  return `${counts.join(',')};${writeBuckets(wait)};${writeBuckets(duration)}`;
}

function writeBuckets(pairs: readonly number[]): string {
  const texts: string[] = [];
  for (let at = 0; at + 1 < pairs.length; at += 2) {
    texts.push(`${pairs[at]}:${pairs[at + 1]}`);
  }
  return texts.join(' ');
}

function readFigures(name: string, text: string): SeriesFigures {
  const [queue = OTHER, type = OTHER] = name === REST ? [] : name.split('\n');
  const [counts = '', wait = '', duration = ''] = text.split(';');
  return { queue, type, counts: numbersIn(counts), wait: numbersIn(wait), duration: numbersIn(duration) };
}

function numbersIn(text: string): readonly number[] {
  return text === '' ? [] : text.split(/[,: ]/).map(Number);
}
