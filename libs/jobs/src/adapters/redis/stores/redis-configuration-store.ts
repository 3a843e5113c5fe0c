import {
  ConfigurationStore,
  type KeptChange,
  KEPT_CHANGES,
  type NewConfiguration,
  type StoredConfiguration,
} from '../../../application/ports/configuration-store.js';
import { SYSTEM } from '../stored/keys.js';
import { StoreUnavailableError } from '../../../domain/errors/errors.js';
import type { ScriptCaller } from '../scripts/script-caller.js';
import { isJsonObject, readJsonObject } from '../stored/stored-json.js';

/** The configuration on Redis: a list of its last changes, the first of which is what counts. */
export class RedisConfigurationStore extends ConfigurationStore {
  constructor(private readonly caller: ScriptCaller) {
    super();
  }

  override async read(): Promise<StoredConfiguration> {
    const [last] = await this.changes(1);
    return last === undefined
      ? { version: 0, document: {} }
      : { version: last.version, document: last.document, changedBy: last.by, changedAt: last.at };
  }

  override async write(expectedVersion: number, change: NewConfiguration): Promise<number | 'conflict'> {
    const args = [expectedVersion, KEPT_CHANGES, JSON.stringify(change)];
    const answer = (await this.caller.change(SYSTEM, 'reconfigure', args)) as string;
    return answer === 'conflict' ? answer : Number(answer);
  }

  override history(): Promise<readonly KeptChange[]> {
    return this.changes(KEPT_CHANGES);
  }

  private async changes(most: number): Promise<readonly KeptChange[]> {
    const texts = (await this.caller.read(SYSTEM, 'configuration', [most])) as readonly string[];
    return texts.map((text) => {
      const [, version, at, json = ''] = /^(\d+):(\d+):(.*)$/s.exec(text) ?? [];
      const change = readJsonObject(json);
      if (!isJsonObject(change?.['document']) || !Array.isArray(change['changes'])) {
        // To go on without it would put back what somebody has changed.
        throw new StoreUnavailableError(
          `Version ${version ?? '?'} of the stored configuration cannot be read; someone else writes to the keys`,
        );
      }
      return { ...(change as unknown as NewConfiguration), version: Number(version), at: Number(at) };
    });
  }
}
