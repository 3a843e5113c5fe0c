import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { AlertView } from '../../application/alerting/alerts.js';
import type { HistoryPoint, SeriesSummary, SpanSummary } from '../../application/history/metrics-service.js';
import type { JobSummary, Quantiles } from '../../application/history/job-summary.js';
import { ALERT_KINDS, type AlertKind, SEVERITIES, type Severity } from '../../domain/alerts/alert-rule.js';
import type { AlertPhase } from '../../domain/alerts/alert-state.js';
import { COUNTED, type Counted } from '../../domain/history/job-figures.js';

const COUNTS = {
  type: 'object' as const,
  properties: Object.fromEntries(COUNTED.map((name) => [name, { type: 'integer' } as const])),
  additionalProperties: false,
  description: 'What happened how often',
};

const PHASES: readonly AlertPhase[] = ['ok', 'pending', 'firing', 'recovering'];

/** Quantiles of durations, in milliseconds. */
export class QuantilesView {
  @ApiProperty({ type: 'integer', description: 'Durations there were; without any there are no quantiles' })
  readonly count!: number;

  @ApiPropertyOptional({ description: 'Milliseconds, within 13 %' })
  readonly p50?: number;

  @ApiPropertyOptional()
  readonly p95?: number;

  @ApiPropertyOptional()
  readonly p99?: number;
}

/** Figures of jobs over a span of time. */
export class FiguresView {
  @ApiProperty(COUNTS)
  readonly counts!: Readonly<Record<Counted, number>>;

  @ApiProperty({ type: 'integer', description: 'Attempts that ended in a result or an error' })
  readonly attempts!: number;

  @ApiProperty({ description: 'completed / attempts; 1 before the first' })
  readonly successRate!: number;

  @ApiProperty({ description: '(retried + failed) / attempts; 0 before the first' })
  readonly failureRate!: number;

  @ApiProperty({ description: 'Jobs completed a minute' })
  readonly throughput!: number;

  @ApiProperty({ description: "From a job's submission to the start of its first attempt" })
  readonly wait!: QuantilesView;

  @ApiProperty({ description: 'Of attempts, completed or failed' })
  readonly duration!: QuantilesView;
}

/** Figures over one span, of everything that was asked for. */
export class MetricsSummaryView extends FiguresView {
  @ApiProperty({ format: 'date-time' })
  readonly from!: string;

  @ApiProperty({ format: 'date-time' })
  readonly to!: string;
}

/** Figures of one job type in one queue. */
export class MetricsSeriesView extends FiguresView {
  @ApiProperty({ example: 'emails', description: '`(other)` for what is beyond the most series that a minute keeps' })
  readonly queue!: string;

  @ApiProperty({ example: 'email.welcome' })
  readonly type!: string;
}

/** Figures of each job type in each queue. */
export class MetricsSeriesListView {
  @ApiProperty({ type: [MetricsSeriesView] })
  readonly series!: readonly MetricsSeriesView[];
}

/** A step of a history. */
export class MetricsPointView extends FiguresView {
  @ApiProperty({ format: 'date-time', description: 'When it begins' })
  readonly at!: string;
}

/** A history, oldest first. */
export class MetricsHistoryView {
  @ApiProperty({ type: [MetricsPointView] })
  readonly points!: readonly MetricsPointView[];
}

/** How an alert stands. */
export class AlertStateView {
  @ApiProperty({ description: "The rule's name" })
  readonly rule!: string;

  @ApiProperty({ enum: ALERT_KINDS })
  readonly kind!: AlertKind;

  @ApiProperty({ enum: SEVERITIES })
  readonly severity!: Severity;

  @ApiProperty({ enum: PHASES })
  readonly phase!: AlertPhase;

  @ApiProperty({ format: 'date-time', description: 'When the phase began' })
  readonly since!: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'When it fired, while it fires or recovers' })
  readonly firedAt?: string;

  @ApiPropertyOptional({ description: 'The queue it is about' })
  readonly queue?: string;

  @ApiProperty({ description: 'Jobs, milliseconds, a share of 1, or workers, as last read' })
  readonly value!: number;

  @ApiProperty()
  readonly threshold!: number;
}

/** How the alerts stand. */
export class AlertListView {
  @ApiProperty({ type: [AlertStateView] })
  readonly alerts!: readonly AlertStateView[];
}

export function summaryView({ from, to, ...figures }: SpanSummary): MetricsSummaryView {
  return { from: from.toISOString(), to: to.toISOString(), ...figuresView(figures) };
}

export function seriesView({ queue, type, ...figures }: SeriesSummary): MetricsSeriesView {
  return { queue, type, ...figuresView(figures) };
}

export function pointView({ at, ...figures }: HistoryPoint): MetricsPointView {
  return { at: at.toISOString(), ...figuresView(figures) };
}

export function alertView({ since, firedAt, ...alert }: AlertView): AlertStateView {
  const { rule, kind, severity, phase, queue, value, threshold } = alert;
  return {
    rule,
    kind,
    severity,
    phase,
    since: since.toISOString(),
    ...(firedAt === undefined ? {} : { firedAt: firedAt.toISOString() }),
    ...(queue === undefined ? {} : { queue }),
    value,
    threshold,
  };
}

function figuresView({
  counts,
  attempts,
  successRate,
  failureRate,
  throughput,
  wait,
  duration,
}: JobSummary): JobSummary {
  return {
    counts,
    attempts,
    successRate,
    failureRate,
    throughput,
    wait: quantilesView(wait),
    duration: quantilesView(duration),
  };
}

function quantilesView({ count, p50, p95, p99 }: Quantiles): QuantilesView {
  return {
    count,
    ...(p50 === undefined ? {} : { p50 }),
    ...(p95 === undefined ? {} : { p95 }),
    ...(p99 === undefined ? {} : { p99 }),
  };
}
