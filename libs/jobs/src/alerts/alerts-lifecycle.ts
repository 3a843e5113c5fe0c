import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnModuleInit,
} from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { AlertEvaluator } from '../application/alerting/alert-evaluator.js';
import type { AlertEvent } from '../application/alerting/alert-event.js';
import { AlertEvents } from '../application/alerting/alert-events.js';
import { AlertRules } from '../application/alerting/alert-rules.js';
import { AlertRulesSection } from '../application/alerting/alert-rules-section.js';
import { ConfigurationService } from '../application/configuration/configuration-service.js';
import { JobsEngine } from '../application/jobs-engine.js';
import { HistoryRecorder } from '../application/history/history-recorder.js';
import { WebhookSender } from '../application/ports/webhook-sender.js';
import { UsageError } from '../domain/errors/errors.js';
import { classesOf, isPerAttempt } from '../nest/handlers/found-handler.js';
import type { ResolvedOptions } from '../nest/options/resolve-options.js';
import { RESOLVED_OPTIONS } from '../nest/tokens.js';
import type { ResolvedAlertsOptions } from './alerts-options.js';
import { alertListeners } from './on-job-alert.decorator.js';

/** Injects {@link ResolvedAlertsOptions}. */
export const ALERTS_OPTIONS = Symbol.for('nestjs-jobs:alerts-options');

/** Finds the decorated listeners, looks after alerts while the application runs, and counts what rules are judged by. */
@Injectable()
export class AlertsLifecycle implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly events: AlertEvents,
    private readonly evaluator: AlertEvaluator,
    private readonly rules: AlertRules,
    private readonly section: AlertRulesSection,
    private readonly configuration: ConfigurationService,
    private readonly recorder: HistoryRecorder,
    private readonly sender: WebhookSender,
    private readonly engine: JobsEngine,
    @Inject(ALERTS_OPTIONS) private readonly alerts: ResolvedAlertsOptions,
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedOptions,
  ) {}

  /** @throws UsageError for a listener whose provider does not live as long as the application */
  onModuleInit(): void {
    const seen = new Set<unknown>();
    for (const wrapper of this.discovery.getProviders()) {
      const instance: unknown = wrapper.isAlias || isPerAttempt(wrapper) ? undefined : wrapper.instance;
      const listeners = [...new Set(classesOf(wrapper).flatMap(alertListeners))];
      if (listeners.length > 0 && isPerAttempt(wrapper)) {
        throw new UsageError(
          `${String(wrapper.name)} listens to alerts, but is request-scoped or transient; move its @OnJobAlert methods to a singleton`,
        );
      }
      if (typeof instance === 'object' && instance !== null && !seen.has(instance)) {
        seen.add(instance);
        for (const { method, kinds } of listeners) {
          const call = (event: AlertEvent): unknown =>
            (instance as Readonly<Record<string, (event: AlertEvent) => unknown>>)[method]?.(event);
          kinds.forEach((kind) => this.events.on(kind, call));
        }
      }
    }
  }

  async onApplicationBootstrap(): Promise<void> {
    if (!this.options.enabled) {
      return;
    }
    const { rules, webhooks, interval } = this.alerts;
    this.rules.declare(rules);
    await this.configuration.register('alerts', this.section);
    this.recorder.start();
    await this.evaluator.start({ webhooks, interval, sender: this.sender });
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.engine.lastWord(Promise.all([this.evaluator.stop(), this.recorder.stop()]));
  }
}
