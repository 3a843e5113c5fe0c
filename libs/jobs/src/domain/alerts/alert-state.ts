import type { ResolvedAlertRule } from './alert-rule.js';

/**
 * Where an alert is: all is well; it is bad, and not for long enough yet; it fires; it is good again, and not for long
 * enough yet.
 */
export type AlertPhase = 'ok' | 'pending' | 'firing' | 'recovering';

/** What is known of one alert. */
export interface AlertState {
  readonly phase: AlertPhase;
  /** When the phase began, epoch milliseconds by the store's clock. */
  readonly since: number;
  /** When it fired, while it fires or recovers. */
  readonly firedAt?: number;
  /** One for each time that it fires, while it does or recovers. */
  readonly id?: string;
  /** What was read last. */
  readonly value: number;
  /** The queue it was read of. */
  readonly queue?: string;
}

/** One thing that was read for a rule. */
export interface AlertReading {
  /** Tells the rule's alerts apart: the queue, where each is an alert of its own. */
  readonly of: string;
  readonly value: number;
  /** The queue that it was read of. */
  readonly queue?: string;
}

/** What a reading makes of an alert. */
export interface AlertMove {
  readonly state: AlertState;
  /** What is to be told. */
  readonly event?: 'firing' | 'recovered';
}

/**
 * Moves an alert on by one reading. It fires once the threshold has been crossed for the rule's `for` without a pause, and
 * has recovered once the value has been beyond the recovery's threshold for as long; in between nothing is told,
 * however often the value crosses.
 */
export function moveAlert(
  rule: ResolvedAlertRule,
  before: AlertState | undefined,
  reading: Omit<AlertReading, 'of'>,
  now: number,
  newId: () => string,
): AlertMove {
  const { phase, since, firedAt, id } = before ?? { phase: 'ok', since: now };
  const fires = phase === 'firing' || phase === 'recovering';
  const seen = { value: reading.value, ...(reading.queue === undefined ? {} : { queue: reading.queue }) };
  const firing = { ...(firedAt === undefined ? {} : { firedAt }), ...(id === undefined ? {} : { id }) };
  if (fires) {
    if (!isGood(rule, reading.value)) {
      return { state: { phase: 'firing', since: phase === 'firing' ? since : (firedAt ?? now), ...firing, ...seen } };
    }
    const recoveringSince = phase === 'recovering' ? since : now;
    return now - recoveringSince >= rule.for
      ? { state: { phase: 'ok', since: now, ...seen }, event: 'recovered' }
      : { state: { phase: 'recovering', since: recoveringSince, ...firing, ...seen } };
  }
  if (!isBad(rule, reading.value)) {
    return { state: { phase: 'ok', since: phase === 'ok' ? since : now, ...seen } };
  }
  const pendingSince = phase === 'pending' ? since : now;
  return now - pendingSince >= rule.for
    ? { state: { phase: 'firing', since: now, firedAt: now, id: newId(), ...seen }, event: 'firing' }
    : { state: { phase: 'pending', since: pendingSince, ...seen } };
}

function isBad({ kind, threshold }: ResolvedAlertRule, value: number): boolean {
  return kind === 'no-workers' ? value < threshold : value >= threshold;
}

function isGood({ kind, recovery }: ResolvedAlertRule, value: number): boolean {
  return kind === 'no-workers' ? value >= recovery : value < recovery;
}
