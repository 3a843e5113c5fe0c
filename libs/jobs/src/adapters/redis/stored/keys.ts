import { InvalidOptionError } from '../../../domain/errors/errors.js';

/** Stands in a queue's place for what is of no queue. No queue has this name: a name begins with a letter or digit. */
export const SYSTEM = '@system';

/**
 * The keys of a store: the only place that says how they are spelled.
 *
 * Every key of a queue begins with its base key, `<prefix>:{<queue>}`, so that all of them lie in one slot of a Cluster.
 * Scripts are given the base key and derive the rest by the rules written here.
 *
 * A job's id is kept as its *stored id* (see `stored-id.ts`). Its last two bytes are the job's field and the bytes before
 * them its bucket, so that the up to 256 jobs of one run of ids share a hash and one command serves them all.
 *
 * | key | type | holds | grows with |
 * | --- | --- | --- | --- |
 * | `:meta` | hash | time, counters, settings, the next token | nothing: some 20 fields |
 * | `:e:<bucket>` | hash | field → envelope, written once | jobs |
 * | `:s:<bucket>` | hash | field → state record; a fresh pending job has none | jobs that have been claimed, delayed or moved |
 * | `:p:<level>` | list | entries of pending jobs of one priority: stored id, or `#generation#id` | pending jobs |
 * | `:levels` | sorted set | the levels that have a list | priorities in use |
 * | `:depths` | hash | level → pending jobs | priorities in use |
 * | `:suspects` | list | entries of pending jobs that a dead process held | suspects |
 * | `:scheduled`, `:retrying` | sorted set | 12 digits of arrival + stored id, by due time | such jobs |
 * | `:completed`, `:cancelled` | sorted set | stored ids under the queue's retention, by time of finish | such jobs |
 * | `:kept:completed`, `:kept:cancelled` | sorted set | the same, with a retention of their own | such jobs |
 * | `:failed` | sorted set | stored ids, by time of finish | failed jobs |
 * | `:retained` | sorted set | finished jobs with a retention of their own, by the time they are dropped | such jobs |
 * | `:h:<id>`, `:l:<id>`, `:g:<id>` | list, list, string | failed attempts (50), log lines (100), progress | jobs that have any |
 * | `:holders` | sorted set | holders, by the time their lease passes | processes that work on the queue |
 * | `:leases:<holder>` | hash | token → ids of that claim; `<token>#` → how many are not settled; `<token>!` → when, if they were handed over unasked | claims in work |
 * | `:standby` | hash | holder → how many jobs a submit may hand over to it unasked | processes that work on the queue |
 * | `:replies:<sender>` | hash | slot → sequence, time and answer of the last call in it | 65 fields a process |
 * | `:senders` | sorted set | processes with replies, by when they were last looked at | processes of the last minutes |
 * | `:wake` | sorted set | a marker, while there is news for a sleeper | nothing: one entry |
 * | `:schedules` | hash | id of a schedule → what it says, as JSON | schedules that feed the queue |
 * | `:schedules:state` | hash | id of a schedule → revision, times, counts, stored ids of its last 20 jobs | the same |
 * | `:schedules:due` | sorted set | ids of schedules that will fire, by when | the same |
 * | `:schedules:waiting` | set | ids of schedules with an occurrence that waits for the job before it | the same |
 *
 * Channels: `:cancel` (stored id), `:finished` (state, stored id, result), `:handed:<holder>` (token, time, then a job
 * each two: stored id, envelope), and on a Cluster `:wake`.
 *
 * What is of no queue lies in a slot of its own, with a base key that no queue can have, `<prefix>:{@system}`:
 *
 * | key | type | holds | grows with |
 * | --- | --- | --- | --- |
 * | `:processes` | hash | holder → what the process publishes, as JSON | processes of the last ten minutes |
 * | `:beats` | sorted set | holders, by when they were last heard of | the same |
 * | `:schedules` | hash | id of a schedule → the queue that it lies in | schedules, of which there is a limit |
 * | `:orders:<holder>` | hash | number → worker and order; `#` → the last number | orders the process has not obeyed |
 * | `:minutes` | sorted set | the minutes that have a history, by their start | nothing: 1,440 |
 * | `:minute:<start>` | hash | `<queue>⏎<type>`, or `other` → counts and two histograms, as numbers in text | series of that minute, to a limit |
 * | `:counted:<start>` | hash | recorder → the number of its last delta that is counted in that minute | processes that recorded |
 * | `:alerts` | hash | whose turn it is and until when, a version, what is known of alerts as JSON | alerts, and notices not delivered |
 * | `:audit` | hash | number → time and change made by hand, as JSON; `#` → the last number | nothing: the last 10,000 |
 * | `:events` | stream | `<number>-0` → time, event as JSON | nothing: the newest 10,000 or some more |
 * | `:listening` | hash | queue, or `*` → when nobody asks for its events any more | queues of which somebody does |
 * | `:configuration` | list | version, time, and a change with the whole document as JSON, newest first | nothing: 50 |
 * | `:meta`, `:replies:<sender>`, `:senders` | as a queue's | time; answers of the last calls | processes of the last minutes |
 *
 * Its channels are `:changed` (what has changed) and `:events` (there are new ones).
 *
 * Lists are hints, the state record decides. An entry whose job has left its line early is taken out of lists of up to
 * 1,000 entries. In longer ones claims skip it, and ticks sweep the line once there are 1,000 such entries; an id that is
 * removed and submitted again at the same level before that takes up its old place.
 */
export class Keys {
  constructor(readonly prefix: string = 'jobs') {
    if (!/^[A-Za-z0-9_.:/-]{1,64}$/.test(prefix)) {
      throw new InvalidOptionError('prefix', prefix, '1 to 64 letters, digits and _ . : / -');
    }
  }

  base(queue: string): string {
    return `${this.prefix}:{${queue}}`;
  }

  /** A key in the queue's slot that never exists: a node in which the slot is half refuses whatever names it. */
  absent(queue: string): string {
    return `${this.base(queue)}:absent`;
  }

  /** Channel on which processes tell each other what of the system has changed. */
  get changed(): string {
    return `${this.base(SYSTEM)}:changed`;
  }

  /** Hash: id of a schedule → the queue that it lies in. */
  get schedulePlaces(): string {
    return `${this.base(SYSTEM)}:schedules`;
  }

  /** Channel on which those who read the log of events are woken. */
  get newEvents(): string {
    return `${this.base(SYSTEM)}:events`;
  }

  meta(queue: string): string {
    return `${this.base(queue)}:meta`;
  }

  wake(queue: string): string {
    return `${this.base(queue)}:wake`;
  }

  cancel(queue: string): string {
    return `${this.base(queue)}:cancel`;
  }

  handed(queue: string, holder: string): string {
    return `${this.base(queue)}:handed:${holder}`;
  }

  finished(queue: string): string {
    return `${this.base(queue)}:finished`;
  }

  /** Hash: job type → its entry as JSON. No queue's key: those have a brace behind the prefix. */
  get types(): string {
    return `${this.prefix}:directory:types`;
  }

  /** Set of queue names. */
  get queues(): string {
    return `${this.prefix}:directory:queues`;
  }
}
