import { InvalidOptionError } from '../../domain/errors/errors.js';
import { JOB_STATES, type JobState } from '../../domain/job-state.js';
import { reading, readOptions } from '../../domain/options/read-options.js';
import { checkName } from '../../domain/names.js';
import type { Clock } from '../ports/clock.js';
import type { ProcessEvent } from '../ports/event-log.js';
import { JOB_EVENT_KINDS, type JobEventKind } from '../ports/job-observer.js';

/** What happened to a job in any process, or how much of it was missed: plain data, as it can be sent to a browser. */
export type LiveEvent = Stamped<ProcessEvent> | MissedEvents;

/** The live event of one kind. */
export type LiveEventOf<K extends LiveEvent['kind']> = Extract<LiveEvent, { readonly kind: K }>;

type Stamped<T> = T extends unknown
  ? T & {
      /** Where to go on from: `subscribe({ after })`. */
      readonly cursor: string;
      /** When it was told, by the store's clock, epoch milliseconds. */
      readonly at: number;
    }
  : never;

/** Events that this subscriber has missed. */
export interface MissedEvents {
  readonly kind: 'gap';
  /** How many at least, of any queue, type and kind. */
  readonly lost: number;
  /** It came too late: they are kept no more; or the log began anew, and what was before is not known. */
  readonly reason: 'overtaken' | 'restarted';
  readonly cursor: string;
}

/** Which events a subscriber asks for. `gap` and `dropped` always come: they say that others are missing. */
export interface SubscribeOptions {
  /** Only of this queue, or these. Default: all. */
  readonly queue?: string | readonly string[];
  /** Only of this job type, or these. Default: all. */
  readonly type?: string | readonly string[];
  /** Only those after which the job is in one of these states. Default: all. */
  readonly states?: readonly JobState[];
  /** Only of these kinds. Default: all. */
  readonly kinds?: readonly JobEventKind[];
  /** Goes on behind the event with this cursor. Default: with what happens from now on. */
  readonly after?: string;
  /** Ends the subscription. */
  readonly signal?: AbortSignal;
}

/** What `JobEvents.subscribe` answers. */
export interface LiveEventSubscription extends AsyncIterableIterator<LiveEvent> {
  /** Resolves once events are heard, or the subscription has ended. Never rejects. */
  readonly ready: Promise<void>;
  /**
   * Where to go on from, behind all that it was given out and all that it did not ask for; absent while that is not known, or
   * while something waits to be given out.
   */
  readonly cursor: string | undefined;
  /** Time as the application sees it: virtual in tests. */
  readonly clock: Clock;
  return(): Promise<IteratorResult<LiveEvent, undefined>>;
  throw(error?: unknown): Promise<IteratorResult<LiveEvent, undefined>>;
}

/** The options of a subscription, read. */
export interface Interest {
  /** Absent is all. */
  readonly queues?: readonly string[];
  /** The number of the event to go on behind; absent is from now on. */
  readonly after?: number;
  readonly signal?: AbortSignal;
  readonly wants: (event: ProcessEvent) => boolean;
}

const OPTIONS: Readonly<Record<keyof SubscribeOptions, true>> = {
  queue: true,
  type: true,
  states: true,
  kinds: true,
  after: true,
  signal: true,
};

const OPTION_NAMES = Object.keys(OPTIONS) as readonly (keyof SubscribeOptions)[];

/** @throws InvalidOptionError naming the option */
export function readInterest(told: SubscribeOptions): Interest {
  const options = readOptions<SubscribeOptions>(told, 'options', OPTION_NAMES);
  return reading('options', options, () => interestOf(options));
}

function interestOf(options: SubscribeOptions): Interest {
  const queues = names(options.queue, 'queue');
  const types = setOf(names(options.type, 'type'));
  const states = setOf(members(options.states, JOB_STATES, 'states'));
  const kinds = setOf(members(options.kinds, JOB_EVENT_KINDS, 'kinds'));
  const queueSet = setOf(queues);
  return {
    ...(queues === undefined ? {} : { queues }),
    ...(options.after === undefined ? {} : { after: readCursor(options.after) }),
    ...(options.signal === undefined ? {} : { signal: checkSignal(options.signal) }),
    wants: (event) =>
      event.kind === 'dropped' ||
      ((queueSet === undefined || queueSet.has(event.queue)) &&
        (types === undefined || types.has(event.type)) &&
        (kinds === undefined || kinds.has(event.kind)) &&
        (states === undefined || (event.state !== undefined && states.has(event.state)))),
  };
}

function checkSignal(signal: unknown): AbortSignal {
  // By its shape: one of another realm, as in tests, is no instance of ours.
  const { aborted, addEventListener } = Object(signal) as Partial<AbortSignal>;
  if (typeof aborted === 'boolean' && typeof addEventListener === 'function') {
    return signal as AbortSignal;
  }
  throw new InvalidOptionError('signal', signal, 'the signal of an AbortController');
}

function readCursor(after: unknown): number {
  if (typeof after === 'string' && /^\d{1,15}$/.test(after)) {
    return Number(after);
  }
  throw new InvalidOptionError('after', after, "an event's cursor");
}

function names(value: unknown, option: 'queue' | 'type'): readonly string[] | undefined {
  return value === undefined
    ? undefined
    : filled(Array.isArray(value) ? [...(value as readonly unknown[])] : [value], option).map((name) =>
        checkName(name, option),
      );
}

function members<T extends string>(value: unknown, known: readonly T[], option: string): readonly T[] | undefined {
  if (value === undefined) {
    return undefined;
  }
  const list = Array.isArray(value) ? [...(value as readonly T[])] : undefined;
  if (list !== undefined && list.every((each) => known.includes(each))) {
    return filled(list, option);
  }
  throw new InvalidOptionError(option, value, `a list of ${known.join(', ')}`);
}

function filled<T>(list: readonly T[], option: string): readonly T[] {
  if (list.length === 0) {
    throw new InvalidOptionError(option, list, 'at least one, or leave it out for all');
  }
  return list;
}

function setOf<T>(list: readonly T[] | undefined): ReadonlySet<T> | undefined {
  return list === undefined ? undefined : new Set(list);
}
