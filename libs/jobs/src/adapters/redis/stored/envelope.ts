import { type JobSettings, type JobSpec, NO_SETTINGS } from '../../../domain/job.js';
import { readSettings } from './stored-settings.js';

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
  readonly ttl?: number | undefined;
  readonly retain?: number | undefined;
  readonly priority: number;
  readonly maxAttempts: number;
  readonly maxCrashes: number;
  readonly type: string;
  readonly settings: JobSettings;
  /** JSON text, exactly as submitted. */
  readonly payload: string;
}

/** Digits of the time of submission. */
const STAMP = 13;
// No number is longer than a safe integer.
const HEAD = /^\d{13}v1\|(\d{0,15})\|(\d{0,15})\|(-?\d{1,15})\|(\d{1,15})\|(\d{1,15})\|([^|\n]+)\|/;

// Jobs of one type come in runs whose heads are the same: the last one is remembered.
let lastSpec: Omit<JobSpec, 'id' | 'payload'> | undefined;
let lastHead = '';

/** The envelope without the time of submission. */
export function writeEnvelope(spec: JobSpec): string {
  if (lastSpec === undefined || !haveSameHead(spec, lastSpec)) {
    const { id: _, payload: __, ...head } = spec;
    lastHead = writeHead(spec);
    lastSpec = head;
  }
  return lastHead + spec.payload;
}

function haveSameHead(a: JobSpec, b: Omit<JobSpec, 'id' | 'payload'>): boolean {
  return (
    a.type === b.type &&
    a.priority === b.priority &&
    a.settings === b.settings &&
    a.retain === b.retain &&
    a.expiresIn === b.expiresIn &&
    a.maxAttempts === b.maxAttempts &&
    a.maxCrashes === b.maxCrashes
  );
}

function writeHead(spec: JobSpec): string {
  const { expiresIn = '', retain = '', priority, maxAttempts, maxCrashes, type, settings } = spec;
  const text = settings === NO_SETTINGS ? '{}' : JSON.stringify(settings);
  return `v1|${expiresIn}|${retain}|${priority}|${maxAttempts}|${maxCrashes}|${type}|${text === '{}' ? '' : text}\n`;
}

// Envelopes come in runs too: the last head that carries no settings is remembered, up to its line break.
let lastRead: { readonly text: string; readonly head: Omit<Envelope, 'createdAt' | 'payload'> } | undefined;

/** Reads an envelope; `undefined` when it is none that this version writes. */
export function readEnvelope(text: string): Envelope | undefined {
  if (lastRead === undefined || !text.startsWith(lastRead.text, STAMP) || !/^\d{13}/.test(text)) {
    const read = readHead(text);
    if (read === undefined) {
      return undefined;
    }
    if (read.head.settings !== NO_SETTINGS) {
      return envelopeOf(read.head, text, read.end);
    }
    lastRead = { text: text.slice(STAMP, read.end), head: read.head };
  }
  return envelopeOf(lastRead.head, text, STAMP + lastRead.text.length);
}

function envelopeOf(head: Omit<Envelope, 'createdAt' | 'payload'>, text: string, end: number): Envelope {
  const { ttl, retain, priority, maxAttempts, maxCrashes, type, settings } = head;
  const createdAt = Number(text.slice(0, STAMP));
  return { createdAt, ttl, retain, priority, maxAttempts, maxCrashes, type, settings, payload: text.slice(end) };
}

/** The head of an envelope, and the place behind its line break. */
function readHead(
  text: string,
): { readonly head: Omit<Envelope, 'createdAt' | 'payload'>; readonly end: number } | undefined {
  const match = HEAD.exec(text);
  if (match === null) {
    return undefined;
  }
  const begin = match[0].length;
  const end = text.indexOf('\n', begin);
  if (end < 0) {
    return undefined;
  }
  // The expression has matched: its groups are there.
  const [, ttl, retain, priority, maxAttempts, maxCrashes, type] = match as unknown as readonly string[];
  const settings = readSettings(text.slice(begin, end));
  if (settings === undefined) {
    return undefined;
  }
  const head = {
    ttl: ttl === '' ? undefined : Number(ttl),
    retain: retain === '' ? undefined : Number(retain),
    priority: Number(priority),
    maxAttempts: Number(maxAttempts),
    maxCrashes: Number(maxCrashes),
    type: type as string,
    settings,
  };
  return { head, end: end + 1 };
}
