import type { Preset } from './module-options.js';

/** What a preset decides; any option overrides it. */
export const PRESET_DEFAULTS: Readonly<
  Record<Preset, { readonly workers: number; readonly attempts: number; readonly summary: number }>
> = {
  development: { workers: 10, attempts: 3, summary: 60_000 },
  production: { workers: 20, attempts: 5, summary: 300_000 },
};

/** Jobs each worker runs at once. */
export const DEFAULT_CONCURRENCY = 5;

export const DEFAULT_PREFIX = 'jobs';
