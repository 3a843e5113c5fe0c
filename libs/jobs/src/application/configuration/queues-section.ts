import { Inject, Injectable } from '@nestjs/common';
import { parseDuration } from '../../domain/duration.js';
import { InvalidOptionError } from '../../domain/errors/errors.js';
import type { Json } from '../../domain/job.js';
import { checkName } from '../../domain/names.js';
import { DEFAULT_QUEUE_SETTINGS, ON_FULL, type OnFull, type QueueSettings } from '../../domain/queue-settings.js';
import { parseWholeNumber } from '../../domain/options/whole-number.js';
import type { SettingChange } from '../ports/configuration-store.js';
import { JobInspector } from '../ports/job-inspector.js';
import { QueueControl } from '../ports/queue-control.js';
import type { EngineSettings } from '../settings.js';
import { ENGINE_SETTINGS } from '../tokens.js';
import {
  type ConfigurationSection,
  type ExtractedChange,
  isObject,
  type JsonObject,
  Problems,
  type SettingInForce,
  settingPath,
} from './configuration-section.js';

/** No limit, where the code has one: an absent value would be the code's. */
const UNLIMITED = 'unlimited';

const WHY_SUBMITTER = 'it is of the process that submits, and read at its start';
const FIXED = {
  blockTimeout: WHY_SUBMITTER,
  priorities: WHY_SUBMITTER,
  defaults: WHY_SUBMITTER,
  events: 'it is read at the start; live events of any queue can be listened to at any time',
};

interface QueueValue {
  readonly concurrency?: number | typeof UNLIMITED;
  readonly maxDepth?: number | typeof UNLIMITED;
  readonly maxScheduled?: number | typeof UNLIMITED;
  readonly onFull?: OnFull;
  readonly retain?: { readonly age?: string | number; readonly count?: number };
}

type QueueValues = Readonly<Record<string, QueueValue>>;

/**
 * `queues`: what the store enforces for a queue, and whether it is paused. The document says what differs from the code;
 * what counts lies in the store with the queue, and a pause nowhere else.
 */
@Injectable()
export class QueuesSection implements ConfigurationSection {
  private changed: QueueValues = {};
  private declared = false;

  constructor(
    private readonly control: QueueControl,
    private readonly inspector: JobInspector,
    @Inject(ENGINE_SETTINGS) private readonly engine: EngineSettings,
  ) {}

  /** Tells the store what the code says of queues, and what was changed of that at run time. @throws StoreUnavailableError */
  async declare(): Promise<void> {
    this.declared = true;
    for (const [queue, { settings }] of this.engine.queues) {
      if (settings !== undefined) {
        await this.control.configure(queue, laidOver(settings, valueOf(this.changed, queue)));
      }
    }
  }

  check(value: Json): readonly string[] {
    const problems = new Problems();
    for (const [queue, settings] of problems.entries(value, 'queues', 'an object of queues by name')) {
      problems.read(() => checkName(queue, 'queues'));
      problems.fields(
        settings,
        settingPath('queues', queue),
        {
          concurrency: readLimit,
          maxDepth: readLimit,
          maxScheduled: readLimit,
          onFull: readOnFull,
          retain: (entry, path) => problems.fields(entry, path, { age: readAge, count: readCount }),
        },
        FIXED,
      );
    }
    return problems.lines;
  }

  async apply(value: Json | undefined, where: 'here' | 'elsewhere'): Promise<void> {
    const before = this.changed;
    const after = (value ?? {}) as QueueValues;
    for (const queue of new Set(this.declared ? [...Object.keys(before), ...Object.keys(after)] : [])) {
      const [was, is] = [valueOf(before, queue), valueOf(after, queue)];
      const code = this.engine.queues.get(queue)?.settings;
      if (JSON.stringify(was) === JSON.stringify(is)) {
        continue;
      }
      if (code !== undefined) {
        await this.control.configure(queue, laidOver(code, is));
      } else if (where === 'here') {
        // Nothing is said of the queue here: what is changed no more is as if nothing were said anywhere, until a process
        // whose code does follows.
        const now = withoutChanged(await this.control.settings(queue), was);
        await this.control.configure(queue, laidOver(now, is));
      }
    }
    this.changed = after;
  }

  /** A pause is kept with its queue, by whatever way it was made. */
  async extract(patch: JsonObject): Promise<ExtractedChange> {
    const problems = new Problems();
    const changes: SettingChange[] = [];
    const pauses: (readonly [queue: string, paused: boolean])[] = [];
    const rest = new Map(Object.entries(patch));
    for (const [queue, settings] of rest) {
      if (!isObject(settings) || !Object.hasOwn(settings, 'paused')) {
        continue;
      }
      const { paused, ...others } = settings;
      rest.set(queue, others);
      const path = settingPath(settingPath('queues', queue), 'paused');
      if (typeof paused !== 'boolean') {
        problems.add(new InvalidOptionError(path, paused, 'true or false').message);
      } else if (problems.read(() => checkName(queue, 'queues')) !== undefined) {
        const now = (await this.inspector.counts(queue)).paused;
        if (now !== paused) {
          changes.push({ path, from: now, to: paused });
          pauses.push([queue, paused]);
        }
      }
    }
    return {
      patch: Object.fromEntries(rest),
      problems: problems.lines,
      changes,
      carryOut: async () => {
        for (const [queue, paused] of pauses) {
          await (paused ? this.control.pause(queue) : this.control.resume(queue));
        }
      },
    };
  }

  async settings(): Promise<readonly SettingInForce[]> {
    const queues = [...new Set([...this.engine.queues.keys(), ...Object.keys(this.changed)])];
    const found = await Promise.all(
      queues.map(async (queue) => {
        const [settings, { paused }] = await Promise.all([this.control.settings(queue), this.inspector.counts(queue)]);
        const { concurrency, maxDepth, maxScheduled, onFull, retainAge, retainCount } = settings;
        const profile = this.engine.queues.get(queue);
        return [
          { path: `${queue}.concurrency`, value: concurrency ?? UNLIMITED },
          { path: `${queue}.maxDepth`, value: maxDepth ?? UNLIMITED },
          { path: `${queue}.maxScheduled`, value: maxScheduled ?? UNLIMITED },
          { path: `${queue}.onFull`, value: onFull },
          { path: `${queue}.retain.age`, value: retainAge },
          { path: `${queue}.retain.count`, value: retainCount },
          { path: `${queue}.paused`, value: paused },
          ...(profile === undefined
            ? []
            : [
                { path: `${queue}.blockTimeout`, value: profile.blockTimeout, fixed: FIXED.blockTimeout },
                { path: `${queue}.events`, value: profile.events ?? false, fixed: FIXED.events },
              ]),
        ];
      }),
    );
    return found.flat();
  }
}

/** A queue may be called as something is that every object has. */
function valueOf(values: QueueValues, queue: string): QueueValue {
  return (Object.hasOwn(values, queue) ? values[queue] : undefined) ?? {};
}

/** Settings with what was changed of them. */
function laidOver(settings: QueueSettings, changed: QueueValue): QueueSettings {
  const { onFull, retain } = changed;
  const { concurrency: limit, maxDepth: depth, maxScheduled: scheduled, ...rest } = settings;
  const { concurrency = limit, maxDepth = depth, maxScheduled = scheduled } = changed;
  return {
    ...rest,
    ...(typeof concurrency === 'number' ? { concurrency } : {}),
    ...(typeof maxDepth === 'number' ? { maxDepth } : {}),
    ...(typeof maxScheduled === 'number' ? { maxScheduled } : {}),
    ...(onFull === undefined ? {} : { onFull }),
    ...(retain?.age === undefined ? {} : { retainAge: parseDuration(retain.age) }),
    ...(retain?.count === undefined ? {} : { retainCount: retain.count }),
  };
}

/**
 * Settings as if nothing had been changed of them: the defaults, where something was and still is so. What is otherwise has
 * been put in force by a process whose code says it.
 */
function withoutChanged(now: QueueSettings, was: QueueValue): QueueSettings {
  const changed = laidOver(now, was);
  const { concurrency, maxDepth, maxScheduled, ...rest } = now;
  const isFree = (limit: keyof QueueSettings & keyof QueueValue): boolean =>
    was[limit] !== undefined && now[limit] === changed[limit];
  return {
    ...rest,
    ...(concurrency === undefined || isFree('concurrency') ? {} : { concurrency }),
    ...(maxDepth === undefined || isFree('maxDepth') ? {} : { maxDepth }),
    ...(maxScheduled === undefined || isFree('maxScheduled') ? {} : { maxScheduled }),
    ...(isFree('onFull') ? { onFull: DEFAULT_QUEUE_SETTINGS.onFull } : {}),
    ...(was.retain?.age !== undefined && now.retainAge === changed.retainAge
      ? { retainAge: DEFAULT_QUEUE_SETTINGS.retainAge }
      : {}),
    ...(was.retain?.count !== undefined && now.retainCount === changed.retainCount
      ? { retainCount: DEFAULT_QUEUE_SETTINGS.retainCount }
      : {}),
  };
}

function readLimit(value: Json, path: string): void {
  if (value === UNLIMITED || (Number.isSafeInteger(value) && (value as number) >= 1)) {
    return;
  }
  throw new InvalidOptionError(path, value, `an integer ≥ 1, or '${UNLIMITED}'`);
}

function readOnFull(value: Json, path: string): void {
  if (!ON_FULL.includes(value as OnFull)) {
    throw new InvalidOptionError(path, value, `one of ${ON_FULL.join(', ')}`);
  }
}

function readAge(value: Json, path: string): void {
  parseDuration(value, path);
}

function readCount(value: Json, path: string): void {
  parseWholeNumber(value, path, 0, Number.MAX_SAFE_INTEGER);
}
