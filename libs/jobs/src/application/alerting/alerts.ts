import { Injectable } from '@nestjs/common';
import type { AlertKind, AlertRule, ResolvedAlertRule, Severity } from '../../domain/alerts/alert-rule.js';
import type { AlertPhase } from '../../domain/alerts/alert-state.js';
import { AlertStore } from '../ports/alert-store.js';
import { type BookedAlert, readBook } from './alert-book.js';
import { AlertRules } from './alert-rules.js';

/** An alert as it is shown. */
export interface AlertView {
  /** The rule's name. */
  readonly rule: string;
  readonly kind: AlertKind;
  readonly severity: Severity;
  readonly phase: AlertPhase;
  /** When the phase began. */
  readonly since: Date;
  /** When it fired, while it fires or recovers. */
  readonly firedAt?: Date;
  /** The queue it is about. */
  readonly queue?: string;
  /** Jobs, milliseconds, a share of 1, or workers, as last read. */
  readonly value: number;
  readonly threshold: number;
}

/** The alerts of the system: which rules there are, and how each stands. */
@Injectable()
export class Alerts {
  constructor(
    private readonly rules_: AlertRules,
    private readonly store: AlertStore,
  ) {}

  /** The rules that this process judges by, with what was changed at run time. */
  rules(): readonly ResolvedAlertRule[] {
    return this.rules_.inForce;
  }

  /**
   * Replaces the rules that the code of this process has told, at once; what was changed at run time is laid over these. The
   * rules of the process whose turn it is count: give them to every one. A firing alert whose rule is gone has recovered; one whose threshold has changed goes on by the new one.
   *
   * @throws InvalidOptionError naming the first rule that is wrong; the rules stay as they were
   */
  setRules(rules: readonly AlertRule[]): void {
    this.rules_.replace(rules);
  }

  /**
   * Every alert that is not well, and of each rule without any the one that is nearest to it, as the process whose turn
   * it is saw them last; by rule and queue.
   *
   * @throws StoreUnavailableError
   */
  async list(): Promise<readonly AlertView[]> {
    const { book } = await this.store.watch({ holder: '', lease: 0 });
    return readBook(book)
      .alerts.map(viewOf)
      .sort((a, b) => a.rule.localeCompare(b.rule) || (a.queue ?? '').localeCompare(b.queue ?? ''));
  }

  /** The alerts that fire now, also those that are about to recover. @throws StoreUnavailableError */
  async firing(): Promise<readonly AlertView[]> {
    return (await this.list()).filter(({ phase }) => phase === 'firing' || phase === 'recovering');
  }
}

function viewOf({ rule, phase, since, firedAt, queue, value }: BookedAlert): AlertView {
  return {
    rule: rule.name,
    kind: rule.kind,
    severity: rule.severity,
    phase,
    since: new Date(since),
    ...(firedAt === undefined ? {} : { firedAt: new Date(firedAt) }),
    ...(queue === undefined ? {} : { queue }),
    value,
    threshold: rule.threshold,
  };
}
