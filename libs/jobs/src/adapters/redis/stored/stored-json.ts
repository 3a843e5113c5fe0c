import type { Json } from '../../../domain/job.js';

/** An object of JSON. */
export type JsonObject = Readonly<Record<string, Json | undefined>>;

/**
 * Reads JSON text out of the store; `undefined` where it is none. Others may write to the same Redis: what is read must be
 * looked at before it is believed.
 */
export function readJson(text: string): Json | undefined {
  if (text === '') {
    return undefined;
  }
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** Reads an object of JSON out of the store; `undefined` where it is none. */
export function readJsonObject(text: string): JsonObject | undefined {
  const value = readJson(text);
  return isJsonObject(value) ? value : undefined;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** True of a list of texts. */
export function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}
