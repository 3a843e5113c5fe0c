import type { Json } from '../../domain/job.js';
import type { SettingChange } from '../ports/configuration-store.js';
import { isObject, type JsonObject } from './configuration-section.js';

/**
 * Lays a change over a document, as RFC 7396 has it: objects field by field, `null` takes a field out, everything else
 * replaces. Objects that come to hold nothing are left out.
 */
export function merged(document: JsonObject, patch: JsonObject): JsonObject {
  const fields = new Map(Object.entries(document));
  for (const [field, change] of Object.entries(patch)) {
    const present = fields.get(field);
    const value = isObject(change) ? merged(isObject(present) ? present : {}, change) : change;
    if (value === null || (isObject(value) && Object.keys(value).length === 0)) {
      fields.delete(field);
    } else {
      fields.set(field, value);
    }
  }
  return Object.fromEntries(fields);
}

/** Every setting of a document by its path, such as `workers.mail.size`. */
export function settingsOf(document: Json | undefined, path = ''): ReadonlyMap<string, Json> {
  if (!isObject(document)) {
    return document === undefined ? new Map() : new Map([[path, document]]);
  }
  return new Map(
    Object.entries(document).flatMap(([field, value]) => [
      ...settingsOf(value, path === '' ? field : `${path}.${field}`),
    ]),
  );
}

/** The settings in which two documents differ, by path. */
export function differences(from: JsonObject, to: JsonObject): readonly SettingChange[] {
  const [before, after] = [settingsOf(from), settingsOf(to)];
  return [...new Set([...before.keys(), ...after.keys()])].toSorted().flatMap((path) => {
    const [was, is] = [before.get(path), after.get(path)];
    return JSON.stringify(was) === JSON.stringify(is)
      ? []
      : [{ path, ...(was === undefined ? {} : { from: was }), ...(is === undefined ? {} : { to: is }) }];
  });
}
