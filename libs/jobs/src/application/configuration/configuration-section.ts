import { InvalidOptionError } from '../../domain/errors/errors.js';
import { shownName } from '../../domain/errors/shown.js';
import type { Json } from '../../domain/job.js';
import type { SettingChange } from '../ports/configuration-store.js';

/** An object of JSON. */
export type JsonObject = Readonly<Record<string, Json>>;

/**
 * One part of what can be configured at run time: says which values it takes, and puts them in force in this process.
 * Its value is what differs from the code, and absent where nothing does.
 */
export interface ConfigurationSection {
  /** What is wrong with the section's value, a line for each problem: path, value, what is allowed. */
  check(value: Json): readonly string[];

  /**
   * Puts a value in force, or the code's where it is absent. Called once the configuration is read at boot, if there is a
   * value, and whenever it has become another.
   *
   * @param where `here`, where this process has made the change
   */
  apply(value: Json | undefined, where: 'here' | 'elsewhere'): void | Promise<void>;

  /** The settings in force in this process, and those that cannot be changed. Default: those that were changed. */
  settings?(): Promise<readonly SettingInForce[]>;

  /** Takes what is kept elsewhere out of a change, which then goes on without it. */
  extract?(patch: JsonObject): Promise<ExtractedChange>;
}

/** A setting as it is in this process. */
export interface SettingInForce {
  /** Below the section, such as `mail.concurrency`. */
  readonly path: string;
  /** Absent is none: no limit, for one. */
  readonly value?: Json;
  /** Why it cannot be changed at run time. */
  readonly fixed?: string;
}

/** A part of a change that is no part of the document. */
export interface ExtractedChange {
  /** The change without it. */
  readonly patch: JsonObject;
  readonly problems: readonly string[];
  /** By whole path. */
  readonly changes: readonly SettingChange[];
  carryOut(): Promise<void>;
}

/** Gathers everything that is wrong, so that all of it can be said at once. */
export class Problems {
  readonly lines: string[] = [];

  /** What the reader answers; `undefined` where it refuses, which is noted. */
  read<T>(reader: () => T): T | undefined {
    try {
      return reader();
    } catch (error) {
      if (error instanceof InvalidOptionError) {
        this.lines.push(error.message);
        return undefined;
      }
      throw error;
    }
  }

  add(line: string): void {
    this.lines.push(line);
  }

  /** The entries of an object; none where the value is no object, which is noted. */
  entries(value: unknown, path: string, what: string): readonly (readonly [string, Json])[] {
    if (isObject(value)) {
      return Object.entries(value);
    }
    this.read(() => {
      throw new InvalidOptionError(path, value, what);
    });
    return [];
  }

  /** Reads each field of an object by its own reader, and notes those that there are not, and those that are fixed. */
  fields(
    value: unknown,
    path: string,
    readers: Readonly<Record<string, (value: Json, path: string) => unknown>>,
    fixed: Readonly<Record<string, string>> = {},
  ): void {
    const known = Object.keys(readers).join(', ');
    for (const [field, entry] of this.entries(value, path, `an object with any of ${known}`)) {
      const at = settingPath(path, field);
      const reader = Object.hasOwn(readers, field) ? readers[field] : undefined;
      if (reader !== undefined) {
        this.read(() => reader(entry, at));
      } else if (Object.hasOwn(fixed, field)) {
        this.add(cannotChange(at, fixed[field] ?? ''));
      } else {
        this.add(`${at} is an unknown setting; allowed here: ${known}`);
      }
    }
  }
}

/** The path of a setting; a name that none has is shown cut. */
export function settingPath(above: string, name: string): string {
  return `${above}.${shownName(name)}`;
}

/** What to say of a setting that is as it is until the next start. */
export function cannotChange(path: string, why: string): string {
  return `${path} cannot be changed at run time: ${why}`;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
