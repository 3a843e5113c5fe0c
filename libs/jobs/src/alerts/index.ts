// The public face of `nestjs-jobs/alerts`.

export { type JobsAlertsAsyncOptions, JobsAlertsModule } from './jobs-alerts.module.js';
export type { JobsAlertsOptions, WebhookOptions } from './alerts-options.js';
export { OnJobAlert } from './on-job-alert.decorator.js';
export { signWebhook, verifyWebhook, type WebhookHeaders } from './webhook-signature.js';
export type { AlertRuleChange } from '../domain/alerts/alert-rule-change.js';
export { Alerts, type AlertView } from '../application/alerting/alerts.js';
export { AlertEvents } from '../application/alerting/alert-events.js';
export type { AlertEvent } from '../application/alerting/alert-event.js';
export {
  ALERT_KINDS,
  type AlertKind,
  type AlertRule,
  DEFAULT_ALERT_RULES,
  type ResolvedAlertRule,
  type Severity,
} from '../domain/alerts/alert-rule.js';
export type { AlertPhase } from '../domain/alerts/alert-state.js';
