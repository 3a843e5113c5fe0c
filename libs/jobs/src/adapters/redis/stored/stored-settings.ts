import { type JobSettings, NO_SETTINGS } from '../../../domain/job.js';
import { MAX_DURATION } from '../../../domain/duration.js';
import { isJsonObject, isTexts, readJsonObject } from './stored-json.js';

/**
 * Reads the settings that travel with a job, JSON text or nothing; `undefined` when they are none that could have been
 * submitted: whoever runs the job relies on them.
 */
export function readSettings(text: string): JobSettings | undefined {
  if (text === '') {
    return NO_SETTINGS;
  }
  const read = readJsonObject(text);
  if (read === undefined) {
    return undefined;
  }
  const { timeout, retry, metadata, tags, trace } = read;
  const fine =
    (timeout === undefined || (typeof timeout === 'number' && timeout > 0 && timeout <= MAX_DURATION)) &&
    (retry === undefined || isJsonObject(retry)) &&
    (metadata === undefined || isJsonObject(metadata)) &&
    (tags === undefined || isTexts(tags)) &&
    (trace === undefined || (isJsonObject(trace) && isTexts(Object.values(trace))));
  return fine ? read : undefined;
}
