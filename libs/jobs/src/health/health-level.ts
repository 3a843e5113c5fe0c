/** How well something is: it works; it works, and someone should look; it does not do its work. */
export const HEALTH_LEVELS = ['up', 'degraded', 'down'] as const;
/** How well something is. */
export type HealthLevel = (typeof HEALTH_LEVELS)[number];

/** What a problem makes of the level. */
export type ProblemLevel = Exclude<HealthLevel, 'up'>;

/** The worst of them; `up` when there are none. */
export function worstOf(levels: readonly HealthLevel[]): HealthLevel {
  return HEALTH_LEVELS.findLast((level) => levels.includes(level)) ?? 'up';
}
