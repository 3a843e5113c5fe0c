import { Injectable } from '@nestjs/common';
import { UsageError } from '../../domain/errors/errors.js';
import { shownName } from '../../domain/errors/shown.js';
import { toError } from '../../domain/failure.js';
import type { Json } from '../../domain/job.js';
import { ConfigurationStore } from '../ports/configuration-store.js';
import { Log } from '../ports/log.js';
import {
  cannotChange,
  type ConfigurationSection,
  type ExtractedChange,
  isObject,
  type JsonObject,
  type SettingInForce,
} from './configuration-section.js';
import { DeadLetterSection } from './dead-letter-section.js';
import { DefaultsSection } from './defaults-section.js';
import { FIXED_OPTIONS } from './fixed-settings.js';
import { LogSection } from './log-section.js';
import { settingsOf } from './merge-patch.js';
import { QueuesSection } from './queues-section.js';
import { WorkersSection } from './workers-section.js';

/** Whether this process has made a change. */
type Where = 'here' | 'elsewhere';

/**
 * The configuration as this process has put it in force: follows the store's, part by part. A part that it does not know,
 * or a value that it does not take, is of another version of the application and is left alone.
 */
@Injectable()
export class ConfigurationInForce {
  private readonly sections: Map<string, ConfigurationSection>;
  private document_: JsonObject = {};
  /** The version in force; absent before the store's was read. */
  private version: number | undefined;
  /** Part → its value in force, as JSON. */
  private readonly applied = new Map<string, string | undefined>();
  /** Parts that could not be put in force yet, and where they were changed. */
  private readonly unfinished = new Map<string, Where>();
  private following: Promise<void> = Promise.resolve();
  /** Changes that this process is making. */
  private changing = 0;
  /** A change of this process may be in the store, and was not followed. */
  private unfollowed = false;

  constructor(
    private readonly store: ConfigurationStore,
    private readonly log: Log,
    private readonly queues: QueuesSection,
    workers: WorkersSection,
    defaults: DefaultsSection,
    deadLetters: DeadLetterSection,
    logSection: LogSection,
  ) {
    this.sections = new Map<string, ConfigurationSection>([
      ['workers', workers],
      ['queues', queues],
      ['defaults', defaults],
      ['deadLetterWarning', deadLetters],
      ['log', logSection],
    ]);
  }

  /** Parts that are not in force yet. */
  get pending(): readonly string[] {
    return [...this.unfinished.keys()];
  }

  /** What was changed, as far as this process has followed. */
  get document(): JsonObject {
    return this.document_;
  }

  /** Puts in force what was changed before this process began, and tells the store what its code says of queues. */
  async load(): Promise<void> {
    await this.follow('elsewhere');
    await this.queues.declare();
  }

  /** The store's version, as it was heard by the way. */
  learn(version: number): void {
    if (version !== this.version || this.unfinished.size > 0) {
      this.follow('elsewhere').catch((error: unknown) => {
        this.log.warn(`The configuration could not be read; the next heartbeat asks again: ${toError(error).message}`);
      });
    }
  }

  /** Puts the store's configuration in force, one version after another. @throws StoreUnavailableError */
  follow(where: Where): Promise<void> {
    const followed = this.following.then(() => this.followOnce(where));
    this.following = followed.catch(() => undefined);
    return followed;
  }

  /**
   * Makes a change, and puts it in force. A heartbeat may tell of the new version before its own answer does: what is
   * followed meanwhile, and after a change of which it is not known whether the store has it, counts as made here.
   */
  async whileChanging<T>(change: () => Promise<T>): Promise<T> {
    this.changing++;
    try {
      return await change();
    } catch (error) {
      this.unfollowed = true;
      throw error;
    } finally {
      this.changing--;
    }
  }

  /** @throws UsageError for a name that is taken */
  async register(name: string, section: ConfigurationSection): Promise<void> {
    if (this.sections.has(name) || Object.hasOwn(FIXED_OPTIONS, name)) {
      throw new UsageError(`The configuration has a part '${name}' already; choose another name`);
    }
    this.sections.set(name, section);
    await this.apply(name, section, this.document_[name], 'elsewhere');
  }

  /** Everything that is wrong with a document. @param before the one that it is to replace */
  check(document: JsonObject, before: JsonObject): readonly string[] {
    return Object.entries(document).flatMap(([name, value]) => {
      const section = this.sections.get(name);
      if (section !== undefined) {
        return section.check(value);
      }
      // What was changed by a process that knows it stays: this one cannot judge of it.
      if (JSON.stringify(before[name]) === JSON.stringify(value)) {
        return [];
      }
      const why = Object.hasOwn(FIXED_OPTIONS, name) ? FIXED_OPTIONS[name] : undefined;
      return [
        why === undefined
          ? `${shownName(name)} is an unknown part of the configuration; there are ${[...this.sections.keys()].join(', ')}`
          : cannotChange(name, why),
      ];
    });
  }

  /** Takes out of a change what is kept elsewhere. */
  async extract(patch: JsonObject): Promise<ExtractedChange> {
    const rest = new Map(Object.entries(patch));
    const extracted: ExtractedChange[] = [];
    for (const [name, value] of rest) {
      const section = this.sections.get(name);
      if (section?.extract !== undefined && isObject(value)) {
        const own = await section.extract(value);
        rest.set(name, own.patch);
        extracted.push(own);
      }
    }
    return {
      patch: Object.fromEntries(rest),
      problems: extracted.flatMap(({ problems }) => problems),
      changes: extracted.flatMap(({ changes }) => changes),
      carryOut: async () => {
        for (const each of extracted) {
          await each.carryOut();
        }
      },
    };
  }

  /** Every setting of every part, by its whole path. */
  async settings(): Promise<readonly SettingInForce[]> {
    const all: SettingInForce[] = [];
    for (const [name, section] of this.sections) {
      const own = await (section.settings?.() ??
        [...settingsOf(this.document_[name])].map(([path, value]) => ({ path, value })));
      all.push(...own.map(({ path, ...setting }) => ({ ...setting, path: path === '' ? name : `${name}.${path}` })));
    }
    return all;
  }

  private async followOnce(where: Where): Promise<void> {
    this.unfollowed ||= where === 'here';
    const { version, document } = await this.store.read();
    if (version === this.version && this.unfinished.size === 0) {
      this.unfollowed &&= where !== 'here';
      return;
    }
    const isFirst = this.version === undefined;
    this.document_ = document;
    const isNew = this.version !== version;
    this.version = version;
    const from = this.changing > 0 || this.unfollowed ? 'here' : where;
    for (const [name, section] of this.sections) {
      await this.apply(name, section, document[name], from);
    }
    this.unfollowed = false;
    if (isNew && !isFirst) {
      this.log.info('The configuration has changed', { version });
    }
  }

  private async apply(
    name: string,
    section: ConfigurationSection,
    value: Json | undefined,
    where: Where,
  ): Promise<void> {
    const text = JSON.stringify(value) as string | undefined;
    if (text === this.applied.get(name)) {
      this.unfinished.delete(name);
      return;
    }
    const from = this.unfinished.get(name) ?? where;
    const problems = value === undefined ? [] : section.check(value);
    if (problems.length > 0) {
      this.unfinished.delete(name);
      this.applied.set(name, text);
      this.log.warn(`This process does not take the configuration of '${name}': ${problems.join('; ')}`);
      return;
    }
    try {
      await section.apply(value, from);
      this.unfinished.delete(name);
      this.applied.set(name, text);
    } catch (error) {
      this.unfinished.set(name, from);
      this.log.error(`The configuration of '${name}' is not in force yet; the next heartbeat tries again`, error);
    }
  }
}
