import type { StoredSchedule } from '../../../application/ports/schedule-store.js';
import { fromStoredId } from './stored-id.js';

/** `v1|<revision>|<time>|<due>|<last run>|<runs>|<waiting>|<stored ids of the last jobs, a line each>` */
const STATE = /^v1\|(\d+)\|(\d*)\|(\d*)\|(\d*)\|(\d+)\|(\d*)\|(.*)$/s;

/** A schedule out of its id, state and definition; none when this version cannot read it. */
export function readSchedule(queue: string, [id, state, definition]: readonly string[]): readonly StoredSchedule[] {
  const match = STATE.exec(state ?? '');
  if (match === null || id === undefined || definition === undefined || definition === '') {
    return [];
  }
  // The expression has matched: its groups are there.
  const [, revision, time, due, lastRun, runCount, waiting, recent] = match as unknown as readonly string[];
  return [
    {
      id,
      queue,
      definition,
      revision: Number(revision),
      ...(due === '' ? {} : { next: { time: Number(time), due: Number(due) } }),
      ...(lastRun === '' ? {} : { lastRun: Number(lastRun) }),
      runCount: Number(runCount),
      ...(waiting === '' ? {} : { waiting: Number(waiting) }),
      recent: recent === '' ? [] : (recent as string).split('\n').map(fromStoredId),
    },
  ];
}
