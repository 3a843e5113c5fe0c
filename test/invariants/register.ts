import type { Invariant } from './invariant.js';
import { crashes } from './register/crashes.js';
import { leases } from './register/leases.js';
import { limits } from './register/limits.js';
import { order } from './register/order.js';
import { states } from './register/states.js';
import { submits } from './register/submits.js';
import { times } from './register/times.js';

/** The register, by subject. */
export const REGISTER: readonly { readonly subject: string; readonly invariants: readonly Invariant[] }[] = [
  { subject: 'States', invariants: states },
  { subject: 'Leases', invariants: leases },
  { subject: 'Deaths and cancels', invariants: crashes },
  { subject: 'Submits and schedules', invariants: submits },
  { subject: 'Order', invariants: order },
  { subject: 'Time', invariants: times },
  { subject: 'Limits', invariants: limits },
];

export const INVARIANTS: readonly Invariant[] = REGISTER.flatMap(({ invariants }) => invariants);
