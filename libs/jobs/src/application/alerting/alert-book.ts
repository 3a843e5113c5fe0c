import type { ResolvedAlertRule } from '../../domain/alert-rule.js';
import { type AlertReading, type AlertState, moveAlert } from '../../domain/alert-state.js';
import { type AlertEvent, describeReading } from './alert-event.js';

/** What all processes know of alerts, as it is kept in the store. */
export interface AlertBook {
  /** By the rule's name. */
  readonly alerts: Readonly<Record<string, BookedAlert>>;
  /** The number of the last event. */
  readonly last: number;
  /** The latest events, oldest first: for those processes that have not told their listeners yet. */
  readonly events: readonly NumberedAlertEvent[];
  /** What webhooks have not taken yet, oldest first. */
  readonly outbox: readonly AlertDelivery[];
}

/** An alert, and the rule that it was judged by last. */
export interface BookedAlert extends AlertState {
  readonly rule: Pick<ResolvedAlertRule, 'kind' | 'queue' | 'type' | 'threshold' | 'severity'>;
}

export interface NumberedAlertEvent {
  readonly number: number;
  readonly event: AlertEvent;
}

/** An event on its way to one webhook. */
export interface AlertDelivery {
  readonly webhook: string;
  readonly event: AlertEvent;
  /** Tries that have failed. */
  readonly tries: number;
  /** When it is tried next, epoch milliseconds by the store's clock. */
  readonly next: number;
}

export const EMPTY_BOOK: AlertBook = { alerts: {}, last: 0, events: [], outbox: [] };

/** Events that the book remembers: more do not come between two looks of a process. */
const REMEMBERED = 100;

/** Deliveries that wait, at most: the oldest are given up first. */
export const MOST_DELIVERIES = 200;

/** A book that cannot be read, of another version, begins anew. */
export function readBook(text: string | undefined): AlertBook {
  try {
    const book = JSON.parse(text ?? '{}') as Partial<AlertBook>;
    return { ...EMPTY_BOOK, ...book };
  } catch {
    return EMPTY_BOOK;
  }
}

/**
 * Moves every alert on by its reading; a rule without one keeps its alert as it is, and an alert whose rule is gone, or
 * watches something else now, has recovered.
 */
export function moveBook(
  book: AlertBook,
  rules: readonly ResolvedAlertRule[],
  readings: ReadonlyMap<string, AlertReading>,
  webhooks: readonly string[],
  now: number,
  newId: () => string,
): { readonly book: AlertBook; readonly events: readonly AlertEvent[] } {
  const alerts: Record<string, BookedAlert> = {};
  const events: AlertEvent[] = [];
  for (const [name, alert] of Object.entries(book.alerts)) {
    const rule = rules.find((each) => each.name === name);
    if (rule !== undefined && isSame(rule, alert.rule)) {
      alerts[name] = alert;
    } else if (alert.id !== undefined) {
      events.push(eventOf('recovered', newId(), name, alert, now, true));
    }
  }
  for (const rule of rules) {
    const { name } = rule;
    const before = alerts[name];
    const reading = readings.get(name);
    if (reading !== undefined) {
      const { state, event } = moveAlert(rule, before, reading, now, newId);
      const { kind, queue, type, threshold, severity } = rule;
      const shown = { kind, threshold, severity, ...(queue && { queue }), ...(type && { type }) };
      alerts[name] = { ...state, rule: shown };
      if (event !== undefined) {
        const { id, firedAt } = event === 'firing' ? state : (before ?? state);
        events.push(
          eventOf(event, newId(), name, { ...alerts[name], ...(id && { id }), ...(firedAt && { firedAt }) }, now),
        );
      }
    }
  }
  const deliveries = events.flatMap((event) => webhooks.map((webhook) => ({ webhook, event, tries: 0, next: now })));
  return {
    events,
    book: {
      alerts,
      last: book.last + events.length,
      events: [...book.events, ...events.map((event, index) => ({ number: book.last + index + 1, event }))].slice(
        -REMEMBERED,
      ),
      outbox: [...book.outbox, ...deliveries].slice(-MOST_DELIVERIES),
    },
  };
}

function isSame(rule: ResolvedAlertRule, of: BookedAlert['rule']): boolean {
  return rule.kind === of.kind && rule.queue === of.queue && rule.type === of.type;
}

function eventOf(
  kind: AlertEvent['kind'],
  id: string,
  name: string,
  { rule, value, queue, id: alert = id, firedAt }: BookedAlert,
  now: number,
  ruleRemoved = false,
): AlertEvent {
  const reading = describeReading(rule, { value, ...(queue === undefined ? {} : { queue }) });
  const recovery = ruleRemoved ? 'the rule is gone' : reading;
  return {
    kind,
    id,
    alert,
    rule: name,
    ruleKind: rule.kind,
    severity: rule.severity,
    ...(queue === undefined ? {} : { queue }),
    ...(rule.type === undefined ? {} : { type: rule.type }),
    value,
    threshold: rule.threshold,
    at: new Date(now).toISOString(),
    ...(kind === 'recovered' && firedAt !== undefined ? { firedAt: new Date(firedAt).toISOString() } : {}),
    ...(ruleRemoved ? { ruleRemoved } : {}),
    text: kind === 'firing' ? `Alert ${name}: ${reading}` : `Recovered ${name}: ${recovery}`,
  };
}
