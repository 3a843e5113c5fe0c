import { parseDuration } from '../domain/duration.js';
import { checkName } from '../domain/names.js';
import {
  Checked,
  describeSection,
  duration,
  integer,
  isRecord,
  Nested,
  oneOf,
  readable,
  type Rule,
} from '../nest/options/option-rules.js';
import type {
  HealthThresholds,
  JobsHealthOptions,
  LivenessFileOptions,
  QueueHealthThresholds,
} from './health-options.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const SHORTEST_TOKEN = 16;
const name: Rule = readable((value) => checkName(value, 'name'));

/** Every option has a rule: one without does not compile. */
type Every<T> = { readonly [K in keyof T]-?: unknown };

/** A threshold: a value, false, or a value for each level that is to be reached, rising. */
function threshold(rule: Rule, toNumber: (value: unknown) => number): Rule {
  return (value) => {
    const refused = rule(value);
    if (value === false || refused === undefined) {
      return undefined;
    }
    const allowed = `${refused}, or false, or { degraded, down } with any of the two, degraded below down`;
    if (!isRecord(value)) {
      return allowed;
    }
    const { degraded, down, ...others } = value;
    const given = [degraded, down].filter((each) => each !== undefined);
    const good = given.length > 0 && given.every((each) => rule(each) === undefined);
    const rising = given.length < 2 || (good && toNumber(degraded) < toNumber(down));
    return good && rising && Object.keys(others).length === 0 ? undefined : allowed;
  };
}

const count = threshold(integer(0), Number);
const time = threshold(duration(0), (value) => parseDuration(value));

class QueueThresholdsSchema implements Every<QueueHealthThresholds> {
  @Checked(count) pending: unknown;
  @Checked(time) oldestPending: unknown;
  @Checked(time) noWorker: unknown;
  @Checked(count) deadLetters: unknown;
}

class ThresholdsSchema extends QueueThresholdsSchema implements Every<HealthThresholds> {
  @Checked(oneOf('degraded', 'down')) storeAway: unknown;
  @Checked(time) roundTrip: unknown;
  @Checked(time) silence: unknown;
  @Checked(count) overdue: unknown;
}

/** The rules of the liveness file, where more than its path is told. */
export class LivenessFileSchema implements Every<LivenessFileOptions> {
  @Checked(filePath) path: unknown;
  @Checked(duration(100, HOUR)) interval: unknown;
  @Checked(duration(0)) patience: unknown;
}

/** The rules of `JobsHealthOptions`. */
export class HealthSchema implements Every<JobsHealthOptions> {
  @Nested(() => ThresholdsSchema) thresholds: unknown;
  @Nested(() => QueueThresholdsSchema, 'record', queueNames) queues: unknown;
  @Checked(details) details: unknown;
  @Checked(duration(10, MINUTE)) timeout: unknown;
  @Checked(duration(0, HOUR)) cache: unknown;
  @Nested(() => LivenessFileSchema, 'object-or-list', livenessFile) livenessFile: unknown;
}

function queueNames(value: unknown): string | undefined {
  if (!isRecord(value)) {
    return describeSection(QueueThresholdsSchema, 'record');
  }
  const bad = Object.keys(value).find((key) => name(key) !== undefined);
  return bad === undefined ? undefined : `for the queue ${JSON.stringify(bad)} ${name(bad)}`;
}

function details(value: unknown): string | undefined {
  return typeof value === 'boolean' ||
    (isRecord(value) &&
      Object.keys(value).join() === 'token' &&
      typeof value['token'] === 'string' &&
      value['token'].length >= SHORTEST_TOKEN)
    ? undefined
    : `true, false, or { token } with a text of at least ${SHORTEST_TOKEN} characters`;
}

function filePath(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? undefined : 'the path of a file';
}

function livenessFile(value: unknown): string | undefined {
  return filePath(value) === undefined || (isRecord(value) && value['path'] !== undefined)
    ? undefined
    : `the path of a file, or ${describeSection(LivenessFileSchema, 'object')}, path among them`;
}
