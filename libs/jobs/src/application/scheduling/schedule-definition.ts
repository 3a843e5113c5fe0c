import { UsageError } from '../../domain/errors/errors.js';
import { isName } from '../../domain/names.js';
import type { ScheduleDefinition } from '../../domain/schedules/schedule.js';
import type { StoredSchedule } from '../ports/schedule-store.js';

type Fields = Readonly<Record<string, unknown>>;

/**
 * What a stored schedule says; `undefined` where it cannot be read: a later version wrote it, or somebody else. Whoever
 * fires it relies on what it is made of.
 */
export function readDefinition({ definition }: Pick<StoredSchedule, 'definition'>): ScheduleDefinition | undefined {
  try {
    const read: unknown = JSON.parse(definition);
    if (isObject(read) && isDefinition(read)) {
      JSON.parse(String(read['payload']));
      return read as unknown as ScheduleDefinition;
    }
    return undefined;
  } catch {
    return undefined;
  }
}

/** @throws UsageError where it cannot be read */
export function definitionOf(stored: Pick<StoredSchedule, 'id' | 'definition'>): ScheduleDefinition {
  const definition = readDefinition(stored);
  if (definition === undefined) {
    throw new UsageError(
      `What is stored of schedule '${stored.id}' cannot be read here: upsert() or remove it, or leave it to a later version`,
    );
  }
  return definition;
}

function isDefinition({ type, payload, template, timing, jitter, maxRuns, missed, overlap }: Fields): boolean {
  return (
    isName(type) &&
    typeof payload === 'string' &&
    isObject(template) &&
    isObject(template['settings']) &&
    [template['priority'], template['maxAttempts'], template['maxCrashes'], jitter, maxRuns].every(
      Number.isSafeInteger,
    ) &&
    isObject(timing) &&
    typeof timing['expression'] === 'string' &&
    typeof timing['timezone'] === 'string' &&
    typeof missed === 'string' &&
    typeof overlap === 'string'
  );
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
