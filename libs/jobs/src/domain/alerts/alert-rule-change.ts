import { type AlertRule, type ResolvedAlertRule, resolveAlertRule } from './alert-rule.js';

/**
 * What is different of a rule, or a rule of its own where it has a kind. A threshold that is changed without its recovery
 * keeps the share that lies between the two.
 */
export interface AlertRuleChange extends Partial<Omit<AlertRule, 'name'>> {
  /** False: the rule is not judged, and what fires of it has recovered. */
  readonly enabled?: boolean;
}

/**
 * The rule as the change makes it.
 *
 * @param rule what the change is laid over; absent for a rule of its own
 * @throws InvalidOptionError naming the first field that is wrong
 */
export function changeAlertRule(
  rule: ResolvedAlertRule | undefined,
  name: string,
  { enabled: _enabled, ...change }: AlertRuleChange,
  path: string,
): ResolvedAlertRule {
  if (rule === undefined) {
    return resolveAlertRule({ ...change, name }, path);
  }
  const laid = resolveAlertRule({ ...rule, ...change, recovery: undefined }, path);
  const recovery = change.recovery ?? laid.threshold * (rule.recovery / rule.threshold);
  return resolveAlertRule({ ...laid, recovery }, path);
}
