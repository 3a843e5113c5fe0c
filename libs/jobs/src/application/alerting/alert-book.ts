import type { ResolvedAlertRule } from '../../domain/alerts/alert-rule.js';
import { type AlertReading, type AlertState, moveAlert } from '../../domain/alerts/alert-state.js';
import { type AlertEvent, describeReading } from './alert-event.js';

/** What all processes know of alerts, as it is kept in the store. */
export interface AlertBook {
  /** Those that are not well, and for a rule without any the one that is nearest to it. */
  readonly alerts: readonly BookedAlert[];
  /** The number of the last event. */
  readonly last: number;
  /** The latest events, oldest first: for those processes that have not told their listeners yet. */
  readonly events: readonly NumberedAlertEvent[];
  /** What webhooks have not taken yet, oldest first. */
  readonly outbox: readonly AlertDelivery[];
}

/** An alert, and the rule that it was judged by last. */
export interface BookedAlert extends AlertState {
  /** Which of the rule's alerts it is. */
  readonly of: string;
  readonly rule: Pick<ResolvedAlertRule, 'name' | 'kind' | 'queue' | 'type' | 'threshold' | 'severity'>;
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

export const EMPTY_BOOK: AlertBook = { alerts: [], last: 0, events: [], outbox: [] };

/** Events that the book remembers: more do not come between two looks of a process. */
const REMEMBERED = 100;

/** Deliveries that wait, at most: the oldest are given up first. */
export const MOST_DELIVERIES = 200;

/** Alerts of one rule that are not well, at most: where a hundred queues go wrong, nobody reads a hundred warnings. */
export const MOST_OF_A_RULE = 50;

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
 * Moves every alert on by what was read for its rule. An alert that nothing was read for any more is well, and one whose
 * rule is gone, or watches something else now, has recovered.
 */
export function moveBook(
  book: AlertBook,
  rules: readonly ResolvedAlertRule[],
  readings: ReadonlyMap<string, readonly AlertReading[]>,
  webhooks: readonly string[],
  now: number,
  newId: () => string,
): { readonly book: AlertBook; readonly events: readonly AlertEvent[] } {
  const ruleOf = ({ rule }: BookedAlert): ResolvedAlertRule | undefined => rules.find((each) => isSame(each, rule));
  const orphans = book.alerts.filter((alert) => alert.id !== undefined && ruleOf(alert) === undefined);
  const moves = rules.map((rule) => {
    const before = book.alerts.filter((alert) => ruleOf(alert) === rule);
    return moveRule(rule, before, readings.get(rule.name) ?? [], now, newId);
  });
  const events = [
    ...orphans.map((alert) => eventOf('recovered', newId(), alert, now, true)),
    ...moves.flatMap((move) => move.events),
  ];
  const deliveries = events.flatMap((event) => webhooks.map((webhook) => ({ webhook, event, tries: 0, next: now })));
  return {
    events,
    book: {
      alerts: moves.flatMap((move) => move.alerts),
      last: book.last + events.length,
      events: [...book.events, ...events.map((event, index) => ({ number: book.last + index + 1, event }))].slice(
        -REMEMBERED,
      ),
      outbox: [...book.outbox, ...deliveries].slice(-MOST_DELIVERIES),
    },
  };
}

function moveRule(
  rule: ResolvedAlertRule,
  before: readonly BookedAlert[],
  read: readonly AlertReading[],
  now: number,
  newId: () => string,
): { readonly alerts: readonly BookedAlert[]; readonly events: readonly AlertEvent[] } {
  const { name, kind, queue, type, threshold, severity } = rule;
  const shown = { name, kind, threshold, severity, ...(queue && { queue }), ...(type && { type }) };
  const unread = before.filter(({ of }) => !read.some((reading) => reading.of === of));
  const isNew = read.length === 0 && before.length === 0;
  const nothing = isNew ? [{ of: '', ...(queue && { queue }) }] : [];
  const readings = [...[...unread, ...nothing].map((each) => ({ ...each, value: bestValue(rule) })), ...read];
  const moved = readings.map((reading) => {
    const earlier = before.find(({ of }) => of === reading.of);
    const { state, event } = moveAlert(rule, earlier, reading, now, newId);
    return { alert: { ...state, of: reading.of, rule: shown }, event, earlier };
  });
  const isUnwell = ({ phase }: AlertState): boolean => phase !== 'ok';
  const open = moved.filter(({ alert }) => isUnwell(alert));
  // Those that are known come first: none of them is lost for a new one.
  const kept = [
    ...open.filter(({ earlier }) => earlier !== undefined && isUnwell(earlier)),
    ...open.filter(({ earlier }) => earlier === undefined || !isUnwell(earlier)),
  ].slice(0, MOST_OF_A_RULE);
  const events = moved.flatMap((each) => {
    const { alert, event, earlier = alert } = each;
    if (event === 'recovered') {
      return [eventOf(event, newId(), { ...earlier, ...alert }, now)];
    }
    return event === 'firing' && kept.includes(each) ? [eventOf(event, newId(), alert, now)] : [];
  });
  const alerts = kept.map(({ alert }) => alert);
  const [worst] = moved.map(({ alert }) => alert).sort((a, b) => compareValues(rule, a.value, b.value));
  return { events, alerts: alerts.length > 0 || worst === undefined ? alerts : [worst] };
}

/** What is read where there is nothing to read: as good as it can be. */
function bestValue({ kind, threshold, recovery }: ResolvedAlertRule): number {
  return kind === 'no-workers' ? Math.max(threshold, recovery) : 0;
}

/** The worse one first. */
function compareValues({ kind }: ResolvedAlertRule, one: number, other: number): number {
  return kind === 'no-workers' ? one - other : other - one;
}

function isSame(rule: ResolvedAlertRule, of: BookedAlert['rule']): boolean {
  return rule.name === of.name && rule.kind === of.kind && rule.queue === of.queue && rule.type === of.type;
}

function eventOf(
  kind: AlertEvent['kind'],
  id: string,
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
    rule: rule.name,
    ruleKind: rule.kind,
    severity: rule.severity,
    ...(queue === undefined ? {} : { queue }),
    ...(rule.type === undefined ? {} : { type: rule.type }),
    value,
    threshold: rule.threshold,
    at: new Date(now).toISOString(),
    ...(kind === 'recovered' && firedAt !== undefined ? { firedAt: new Date(firedAt).toISOString() } : {}),
    ...(ruleRemoved ? { ruleRemoved } : {}),
    text: kind === 'firing' ? `Alert ${rule.name}: ${reading}` : `Recovered ${rule.name}: ${recovery}`,
  };
}
