/** Injects what `JobsHealthModule` was told: its options as they were given. */
export const HEALTH_OPTIONS = Symbol.for('nestjs-jobs:health-options');

/** Injects the same with everything decided: `HealthSettings`. */
export const HEALTH_SETTINGS = Symbol.for('nestjs-jobs:health-settings');
