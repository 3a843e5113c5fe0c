import { Injectable } from '@nestjs/common';
import { type AlertRule, type ResolvedAlertRule, resolveAlertRules } from '../../domain/alerts/alert-rule.js';
import { type AlertRuleChange, changeAlertRule } from '../../domain/alerts/alert-rule-change.js';
import { InvalidOptionError } from '../../domain/errors/errors.js';
import { Log } from '../ports/log.js';

/** Changes of rules by the name of the rule. */
export type AlertRuleChanges = Readonly<Record<string, AlertRuleChange>>;

/** The rules that this process judges by: those of its code, and what was changed at run time laid over them. */
@Injectable()
export class AlertRules {
  /** As the code says; absent until it has. */
  private code: readonly ResolvedAlertRule[] | undefined;
  private changes: AlertRuleChanges = {};
  private inForce_: readonly ResolvedAlertRule[] = [];
  private listener: () => void = () => undefined;

  constructor(private readonly log: Log) {}

  get inForce(): readonly ResolvedAlertRule[] {
    return this.inForce_;
  }

  /** The code's rule of a name. */
  ofCode(name: string): ResolvedAlertRule | undefined {
    return this.code?.find((rule) => rule.name === name);
  }

  /** The names of the code's rules. */
  names(): readonly string[] {
    return (this.code ?? []).map(({ name }) => name);
  }

  isEnabled(name: string): boolean {
    return this.inForce_.some((rule) => rule.name === name);
  }

  /** Calls back when rules have changed. */
  onChanged(listener: () => void): void {
    this.listener = listener;
  }

  /** The code's rules, unless it has said others already. */
  declare(rules: readonly ResolvedAlertRule[]): void {
    if (this.code === undefined) {
      this.code = rules;
      this.lay();
    }
  }

  /** Others than the code has said. @throws InvalidOptionError naming the first rule that is wrong */
  replace(rules: readonly AlertRule[]): void {
    this.code = resolveAlertRules(rules);
    this.lay();
  }

  /** What is different at run time. */
  change(changes: AlertRuleChanges): void {
    this.changes = changes;
    this.lay();
  }

  private lay(): void {
    const own = Object.keys(this.changes).filter((name) => this.ofCode(name) === undefined);
    this.inForce_ = [...this.names(), ...own].flatMap((name) => this.laid(name) ?? []);
    this.listener();
  }

  /** A change that does not fit the rule any more, or is of another version of the application, is left out. */
  private laid(name: string): ResolvedAlertRule | undefined {
    const rule = this.ofCode(name);
    const change = Object.hasOwn(this.changes, name) ? this.changes[name] : undefined;
    if (change === undefined || change.enabled === false) {
      return change === undefined ? rule : undefined;
    }
    try {
      return changeAlertRule(rule, name, change, `alerts.${name}`);
    } catch (error) {
      if (!(error instanceof InvalidOptionError)) {
        throw error;
      }
      this.log.warn(`A changed alert rule is not taken here: ${error.message}`);
      return rule;
    }
  }
}
