import { Inject, Injectable } from '@nestjs/common';
import {
  ConfigurationConflictError,
  ConfigurationPendingError,
  UnknownConfigurationVersionError,
} from '../../domain/errors/configuration-errors.js';
import { InvalidConfigurationError } from '../../domain/errors/errors.js';
import { toError } from '../../domain/failure.js';
import type { Json } from '../../domain/job.js';
import { parseWholeNumber } from '../../domain/options/whole-number.js';
import { ConfigurationStore, type SettingChange, type StoredConfiguration } from '../ports/configuration-store.js';
import { Notifier } from '../ports/notifier.js';
import type { EngineSettings } from '../settings.js';
import { ENGINE_SETTINGS } from '../tokens.js';
import {
  type ChangeOptions,
  type Configuration,
  type ConfigurationChange,
  type ConfigurationPatch,
  type EffectiveSetting,
  readChangeOptions,
  readPatch,
} from './configuration.js';
import { ConfigurationInForce } from './configuration-in-force.js';
import type { ConfigurationSection, ExtractedChange, JsonObject } from './configuration-section.js';
import { fixedSettings } from './fixed-settings.js';
import { differences, merged, settingsOf } from './merge-patch.js';

/** The longest document, in characters of JSON: every process reads it, and its changes are kept. */
const MAX_DOCUMENT = 32_768;

/** How often a change is laid over what somebody else has just made of the configuration. */
const MOST_TRIES = 10;

/**
 * What can be changed without a restart, for every process: worker counts and concurrency, limits and pauses of queues,
 * defaults for retries, the log level, and what other modules add. Each change is checked as a whole, has a version and an
 * author, is kept in the store, and is followed by every process within 5 s. What was changed wins over the code.
 */
@Injectable()
export class ConfigurationService {
  constructor(
    private readonly store: ConfigurationStore,
    private readonly inForce: ConfigurationInForce,
    private readonly notifier: Notifier,
    @Inject(ENGINE_SETTINGS) private readonly engine: EngineSettings,
  ) {}

  /** What was changed, of all that is as the code says otherwise. @throws StoreUnavailableError */
  async current(): Promise<Configuration> {
    return configurationOf(await this.store.read());
  }

  /**
   * Changes settings, all of them or none: what the change names is laid over what was changed before, and `null` gives a
   * setting, or a whole part, back to the code. Answers what is changed now.
   *
   * @throws InvalidConfigurationError naming everything that is wrong · ConfigurationConflictError when the version is not
   *   the expected one · StoreUnavailableError · ConfigurationPendingError when the change is in, but the store has failed
   *   before all of it was in force
   */
  async change(change: ConfigurationPatch, options: ChangeOptions): Promise<Configuration> {
    const told = readPatch(change);
    return this.write(options, async ({ document }) => {
      const extracted = await this.inForce.extract(told);
      return { document: merged(document, extracted.patch), extracted };
    });
  }

  /**
   * Makes the configuration what it was at a version; pauses stay as they are. Answers what is changed now.
   *
   * @param version one of {@link history}, or 0: all as the code says
   * @throws UnknownConfigurationVersionError · as {@link change}
   */
  async revert(version: number, options: ChangeOptions): Promise<Configuration> {
    parseWholeNumber(version, 'version', 0, Number.MAX_SAFE_INTEGER);
    const kept = await this.store.history();
    const document = version === 0 ? {} : kept.find((each) => each.version === version)?.document;
    if (document === undefined) {
      throw new UnknownConfigurationVersionError(
        version,
        kept.map((each) => each.version),
      );
    }
    return this.write(options, async () => ({ document }));
  }

  /** The last 50 changes, newest first: who, when, what. @throws StoreUnavailableError */
  async history(): Promise<readonly ConfigurationChange[]> {
    return (await this.store.history()).map(({ version, by, at, changes }) => ({ version, by, at, changes }));
  }

  /**
   * Every setting as it is in this process: its value, whether that comes from the code or was changed at run time, and why
   * it cannot be changed, where it cannot. @throws StoreUnavailableError
   */
  async effective(): Promise<readonly EffectiveSetting[]> {
    const changed = settingsOf(this.inForce.document);
    const settings: EffectiveSetting[] = [];
    for (const { path, ...setting } of [...(await this.inForce.settings()), ...fixedSettings(this.engine)]) {
      settings.push({ path, ...setting, from: isChanged(changed, path) ? 'run time' : 'code' });
    }
    return settings;
  }

  /**
   * Adds a part of its own to the configuration, under a name that no other has.
   *
   * @throws UsageError for a name that is taken
   */
  register(name: string, section: ConfigurationSection): Promise<void> {
    return this.inForce.register(name, section);
  }

  /** Lays a change over what there is until nobody comes between, and puts it in force. */
  private async write(
    options: ChangeOptions,
    make: (stored: StoredConfiguration) => Promise<MadeChange>,
  ): Promise<Configuration> {
    const { author, expectedVersion } = readChangeOptions(options);
    for (let tries = 0; ; tries++) {
      const stored = await this.store.read();
      if ((expectedVersion !== undefined && expectedVersion !== stored.version) || tries === MOST_TRIES) {
        throw new ConfigurationConflictError(expectedVersion ?? stored.version - 1, stored.version);
      }
      const { document, extracted } = await make(stored);
      this.refuse(document, stored.document, extracted);
      const changes = changesOf(stored, document, extracted);
      if (changes.length === 0) {
        return configurationOf(stored);
      }
      const problems: string[] = [];
      const version = await this.inForce.whileChanging(async () => {
        const written = await this.store.write(stored.version, { document, by: author, changes });
        if (written !== 'conflict') {
          problems.push(...(await this.enforce(extracted)));
        }
        return written;
      });
      if (version !== 'conflict' && problems.length > 0) {
        throw new ConfigurationPendingError(version, problems);
      }
      if (version !== 'conflict') {
        return this.current();
      }
    }
  }

  /** Everything is tried, also where something fails: the change is in. Answers what has failed. */
  private async enforce(extracted: ExtractedChange | undefined): Promise<readonly string[]> {
    const problems: string[] = [];
    const attempt = async (step: () => Promise<void>, otherwise: string): Promise<void> => {
      try {
        await step();
      } catch (error) {
        problems.push(`${otherwise} (${toError(error).message})`);
      }
    };
    await attempt(async () => extracted?.carryOut(), 'a pause of queues was not made or ended: ask for it again');
    await attempt(() => this.inForce.follow('here'), 'the next heartbeat reads it');
    // Who does not hear of it learns it from the store with the next heartbeat.
    await this.notifier.tellChanged('configuration').catch(() => undefined);
    const waiting = this.inForce.pending;
    if (waiting.length > 0) {
      problems.push(`the next heartbeat tries ${waiting.join(', ')} again`);
    }
    return problems;
  }

  /** @throws InvalidConfigurationError */
  private refuse(document: JsonObject, before: JsonObject, extracted: ExtractedChange | undefined): void {
    const problems = [...(extracted?.problems ?? []), ...this.inForce.check(document, before)];
    const length = JSON.stringify(document).length;
    if (length > MAX_DOCUMENT) {
      problems.push(`The configuration would have ${length} characters of JSON, more than the ${MAX_DOCUMENT} allowed`);
    }
    if (problems.length > 0) {
      throw new InvalidConfigurationError(problems);
    }
  }
}

interface MadeChange {
  readonly document: JsonObject;
  readonly extracted?: ExtractedChange;
}

function changesOf(
  { document: before }: StoredConfiguration,
  document: JsonObject,
  extracted: ExtractedChange | undefined,
): readonly SettingChange[] {
  return [...differences(before, document), ...(extracted?.changes ?? [])];
}

function configurationOf({ version, document, changedBy, changedAt }: StoredConfiguration): Configuration {
  return {
    version,
    changed: document,
    ...(changedBy === undefined ? {} : { changedBy }),
    ...(changedAt === undefined ? {} : { changedAt }),
  };
}

/** True for a setting that was changed, and for one of which a part was. */
function isChanged(changed: ReadonlyMap<string, Json>, path: string): boolean {
  return [...changed.keys()].some((each) => each === path || each.startsWith(`${path}.`));
}
