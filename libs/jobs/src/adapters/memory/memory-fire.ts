import type { FireReceipt, FireSchedule, StoredSchedule } from '../../application/ports/schedule-store.js';
import type { JobSpec } from '../../domain/job.js';
import { RECENT_JOBS } from '../../domain/schedules/schedule.js';
import { cancel } from './memory-job-control.js';
import type { MemoryQueue } from './memory-queue.js';
import { schedule, type ScheduleFields, unfinished } from './memory-schedule.js';
import { add } from './memory-submit.js';

/** Fires one occurrence of a schedule, if it is as it was read and due. */
export function fire(held: MemoryQueue, request: FireSchedule): FireReceipt {
  const present = held.schedules.get(request.id);
  if (present === undefined || !isAsRead(held, present, request)) {
    return { status: 'stale' };
  }
  const { cause, job, overlap, next } = request;
  const keep = (changes: ScheduleFields): void => {
    const moved: ScheduleFields = cause === 'due' ? { ...present, next } : present;
    held.schedules.set(present.id, schedule({ ...moved, ...changes, revision: present.revision + 1 }));
  };
  const busy = cause !== 'by-hand' && unfinished(held, present).length > 0;
  if (cause === 'released' && busy) {
    return { status: 'stale' };
  }
  if (job === undefined) {
    keep({});
    return { status: 'passed' };
  }
  if (cause === 'due' && overlap === 'queue-one' && (busy || present.waiting !== undefined)) {
    keep({ waiting: present.waiting ?? present.next?.time });
    return { status: present.waiting === undefined ? 'waits' : 'skipped' };
  }
  if (cause === 'due' && overlap === 'skip' && busy) {
    keep({});
    return { status: 'skipped' };
  }
  if (cause === 'due' && overlap === 'cancel-previous') {
    for (const before of unfinished(held, present)) {
      cancel(held, before);
    }
  }
  return submitted(held, present, request, job, keep);
}

function isAsRead(held: MemoryQueue, present: StoredSchedule, { cause, revision }: FireSchedule): boolean {
  switch (cause) {
    case 'by-hand':
      return true;
    case 'released':
      return present.revision === revision && present.waiting !== undefined;
    case 'due':
      return present.revision === revision && present.next !== undefined && present.next.due <= held.now;
  }
}

function submitted(
  held: MemoryQueue,
  present: StoredSchedule,
  { cause, maxRuns }: FireSchedule,
  job: JobSpec,
  keep: (changes: ScheduleFields) => void,
): FireReceipt {
  const receipt = add(held, job);
  const waiting = cause === 'released' ? { waiting: undefined } : {};
  switch (receipt.status) {
    case 'rejected':
      return { status: 'full', maxDepth: receipt.maxDepth };
    case 'duplicate':
      // By hand nothing was to change but for its last jobs, and there is no new one.
      if (cause !== 'by-hand') {
        keep(waiting);
      }
      return receipt;
    case 'added':
    case 'dropped': {
      // An occurrence whose job has been removed since may come again: its id is kept once.
      const recent = [job.id, ...present.recent.filter((id) => id !== job.id)].slice(0, RECENT_JOBS);
      const runCount = present.runCount + 1;
      keep(
        cause === 'by-hand'
          ? { recent }
          : {
              ...waiting,
              recent,
              runCount,
              lastRun: held.now,
              ...(maxRuns > 0 && runCount >= maxRuns ? { next: undefined, waiting: undefined } : {}),
            },
      );
      return { status: 'fired', state: receipt.status === 'added' ? receipt.state : 'failed' };
    }
  }
}
