import type { JobSettings, JobSpec } from '../../domain/job.js';

/**
 * The immutable part of a job as one text:
 *
 * `<createdAt, 13 digits>v1|<ttl>|<retain>|<priority>|<maxAttempts>|<maxCrashes>|<type>|<settings JSON>⏎<payload JSON>`
 *
 * Ttl, retain and settings are empty when there are none. Scripts look at the head only and never at JSON; the store's
 * time is put in front by the script that submits. JSON of settings has no line break, so the first one ends the head.
 */
export interface Envelope {
  readonly createdAt: number;
  readonly ttl?: number;
  readonly retain?: number;
  readonly priority: number;
  readonly maxAttempts: number;
  readonly maxCrashes: number;
  readonly type: string;
  readonly settings: JobSettings;
  /** JSON text, exactly as submitted. */
  readonly payload: string;
}

const HEAD = /^(\d{13})v1\|(\d*)\|(\d*)\|(-?\d+)\|(\d+)\|(\d+)\|([^|\n]+)\|/;

/** The envelope without the time of submission. */
export function writeEnvelope(spec: JobSpec): string {
  const { expiresIn = '', retain = '', priority, maxAttempts, maxCrashes, type, payload } = spec;
  const settings = JSON.stringify(spec.settings);
  return `v1|${expiresIn}|${retain}|${priority}|${maxAttempts}|${maxCrashes}|${type}|${settings === '{}' ? '' : settings}\n${payload}`;
}

/** Reads an envelope; `undefined` when it is none that this version writes. */
export function readEnvelope(text: string): Envelope | undefined {
  const head = HEAD.exec(text);
  if (head === null) {
    return undefined;
  }
  const begin = head[0].length;
  const end = text.indexOf('\n', begin);
  if (end < 0) {
    return undefined;
  }
  // The expression has matched: its groups are there.
  const [, createdAt, ttl, retain, priority, maxAttempts, maxCrashes, type] = head as unknown as readonly string[];
  let settings: JobSettings = {};
  if (end > begin) {
    try {
      settings = JSON.parse(text.slice(begin, end)) as JobSettings;
    } catch {
      return undefined;
    }
  }
  return {
    createdAt: Number(createdAt),
    ...(ttl === '' ? {} : { ttl: Number(ttl) }),
    ...(retain === '' ? {} : { retain: Number(retain) }),
    priority: Number(priority),
    maxAttempts: Number(maxAttempts),
    maxCrashes: Number(maxCrashes),
    type: type as string,
    settings,
    payload: text.slice(end + 1),
  };
}
