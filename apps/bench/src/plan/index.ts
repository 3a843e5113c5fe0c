import { COST } from './cost.js';
import { DELAY } from './delay.js';
import type { Row } from './row.js';
import { SPEED } from './speed.js';

/** Every row of the table, in order. */
export const PLAN: readonly Row[] = [...SPEED, ...DELAY, ...COST];

export { QUICK, QUICK_OF, type Row } from './row.js';
