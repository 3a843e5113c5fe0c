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

/** Milliseconds to wait for replicas and disks: `appendfsync everysec` alone takes up to one second, and replicas tell each second. */
export const DEFAULT_DURABILITY_TIMEOUT = 5_000;

export const DEFAULT_PREFIX = 'jobs';
