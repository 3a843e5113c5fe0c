import { type AlertKind, isDuration, type ResolvedAlertRule, type Severity } from '../../domain/alerts/alert-rule.js';
import type { AlertReading } from '../../domain/alerts/alert-state.js';
import { formatDuration } from '../../domain/duration.js';

/** An alert fires, or has recovered: what listeners are called with, and what webhooks are sent as JSON. */
export interface AlertEvent {
  readonly kind: 'firing' | 'recovered';
  /** Of this event: who has had it before may drop it. */
  readonly id: string;
  /** The same for a firing and the recovery from it. */
  readonly alert: string;
  /** The rule's name. */
  readonly rule: string;
  readonly ruleKind: AlertKind;
  readonly severity: Severity;
  /** The queue it is about. */
  readonly queue?: string;
  readonly type?: string;
  /** Jobs, milliseconds, a share of 1, or workers. */
  readonly value: number;
  readonly threshold: number;
  /** When, by the store's clock; ISO 8601. */
  readonly at: string;
  /** When it fired, of a recovery. */
  readonly firedAt?: string;
  /** The rule is there no more: that is why it counts as recovered. */
  readonly ruleRemoved?: boolean;
  /** All that in a line, for people. */
  readonly text: string;
}

/** Says in a line what a reading is. */
export function describeReading(
  { kind, threshold, type }: Pick<ResolvedAlertRule, 'kind' | 'threshold' | 'type'>,
  { value, queue }: Pick<AlertReading, 'value' | 'queue'>,
): string {
  const jobs = type === undefined ? 'attempts' : `attempts of type '${type}'`;
  const where = queue === undefined ? '' : ` in queue '${queue}'`;
  const limit = `(threshold ${formatValue(kind, threshold)})`;
  const amount = formatValue(kind, value);
  switch (kind) {
    case 'queue-depth':
      return `${amount} jobs wait${where} ${limit}`;
    case 'oldest-wait':
      return `the oldest job${where} has waited for ${amount} ${limit}`;
    case 'failure-rate':
      return `${amount} of ${jobs}${where} failed ${limit}`;
    case 'p95-latency':
      return `95 % of ${jobs}${where} take up to ${amount} ${limit}`;
    case 'dead-letters':
      return `${amount} dead letters lie${where} ${limit}`;
    case 'no-workers':
      return `${value === 0 ? 'no' : amount} worker${value > 1 ? 's run' : ' runs'}${queue === undefined ? '' : ` for queue '${queue}'`} ${limit}`;
  }
}

function formatValue(kind: AlertKind, value: number): string {
  if (isDuration(kind)) {
    return formatDuration(value);
  }
  return kind === 'failure-rate' ? `${Math.round(value * 1_000) / 10} %` : String(value);
}
