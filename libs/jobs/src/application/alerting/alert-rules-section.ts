import { Injectable } from '@nestjs/common';
import { MAX_RULES, type ResolvedAlertRule } from '../../domain/alerts/alert-rule.js';
import { changeAlertRule } from '../../domain/alerts/alert-rule-change.js';
import { InvalidOptionError } from '../../domain/errors/errors.js';
import type { Json } from '../../domain/job.js';
import { checkName } from '../../domain/names.js';
import {
  cannotChange,
  type ConfigurationSection,
  isObject,
  type JsonObject,
  Problems,
  type SettingInForce,
  settingPath,
} from '../configuration/configuration-section.js';
import { type AlertRuleChanges, AlertRules } from './alert-rules.js';

/** What makes a rule the one it is. */
const IDENTITY = ['kind', 'queue', 'type'] as const;

const WHY_IDENTITY = 'it is what the rule in the code watches; give another rule a name of its own';

/** `alerts`: thresholds and all else of the rules of the code by their names, and rules beside them. */
@Injectable()
export class AlertRulesSection implements ConfigurationSection {
  constructor(private readonly rules: AlertRules) {}

  check(value: Json): readonly string[] {
    const problems = new Problems();
    const entries = problems.entries(value, 'alerts', 'an object of alert rules by name');
    for (const [name, change] of entries) {
      this.checkRule(problems, name, change);
    }
    const names = new Set([...this.rules.names(), ...entries.map(([name]) => name)]);
    if (names.size > MAX_RULES) {
      problems.add(`alerts: there would be ${names.size} rules, more than the ${MAX_RULES} allowed`);
    }
    return problems.lines;
  }

  apply(value: Json | undefined): void {
    this.rules.change((value ?? {}) as AlertRuleChanges);
  }

  async settings(): Promise<readonly SettingInForce[]> {
    const off = this.rules.names().filter((name) => !this.rules.isEnabled(name));
    return [
      ...this.rules.inForce.flatMap((rule) => this.settingsOf(rule)),
      ...off.map((name) => ({ path: `${name}.enabled`, value: false })),
    ];
  }

  private checkRule(problems: Problems, name: string, change: Json): void {
    const path = settingPath('alerts', name);
    problems.read(() => checkName(name, 'alerts'));
    if (!isObject(change)) {
      problems.read(() => {
        throw new InvalidOptionError(path, change, 'an object with what is different of the rule');
      });
      return;
    }
    const rule = this.rules.ofCode(name);
    if (rule === undefined && change['kind'] === undefined) {
      const known = this.rules.names().join(', ');
      problems.add(`${path} is no rule of the code (${known}); one of its own needs a kind`);
      return;
    }
    for (const field of rule === undefined ? [] : IDENTITY) {
      if (change[field] !== undefined) {
        problems.add(cannotChange(`${path}.${field}`, WHY_IDENTITY));
      }
    }
    if (change['enabled'] !== undefined && typeof change['enabled'] !== 'boolean') {
      problems.read(() => {
        throw new InvalidOptionError(`${path}.enabled`, change['enabled'], 'true or false');
      });
    }
    const rest = Object.entries(change).filter(([field]) => !IDENTITY.some((each) => each === field));
    this.checkFields(problems, rule, name, rule === undefined ? change : Object.fromEntries(rest));
  }

  /** One field after another, as the first that is wrong is told: what is left without it is looked at again. */
  private checkFields(problems: Problems, rule: ResolvedAlertRule | undefined, name: string, change: JsonObject): void {
    const path = settingPath('alerts', name);
    try {
      changeAlertRule(rule, name, change, path);
    } catch (error) {
      if (!(error instanceof InvalidOptionError)) {
        throw error;
      }
      problems.add(error.message);
      const wrong = error.option.slice(path.length + 1);
      if (Object.hasOwn(change, wrong) && wrong !== 'kind') {
        const { [wrong]: _wrong, ...left } = change;
        this.checkFields(problems, rule, name, left);
      }
    }
  }

  private settingsOf(rule: ResolvedAlertRule): readonly SettingInForce[] {
    const left = ['name', ...(this.rules.ofCode(rule.name) === undefined ? [] : IDENTITY)];
    return Object.entries({ ...rule, enabled: true })
      .filter(([field]) => !left.includes(field))
      .map(([field, value]) => ({ path: `${rule.name}.${field}`, value }));
  }
}
