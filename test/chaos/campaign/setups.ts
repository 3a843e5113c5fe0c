import type { Seeded } from '../harness/seeded.js';
import { Campaign, type CampaignResult, type Effort } from './campaign.js';
import { clustered } from './clustered.js';
import { failover } from './failover.js';
import { PERSISTENCE, standalone } from './standalone.js';
import type { Topology } from './topology.js';

/** A set-up that has not been started. */
export interface Setup {
  readonly name: string;
  open(seeded: Seeded): Promise<Topology>;
}

/** Every set-up of Redis that the campaign is played on. */
export const SETUPS: readonly Setup[] = [
  ...PERSISTENCE.map((persistence) => ({
    name: persistence.name,
    open: (seeded: Seeded) => standalone(persistence, seeded),
  })),
  { name: 'replica with failover (Sentinel)', open: failover },
  { name: 'Cluster, a replica each', open: clustered },
];

/** Starts a set-up, plays a campaign on it, and ends it. */
export async function playOn(
  setup: Setup,
  effort: Effort,
  seeded: Seeded,
  say: (line: string) => void,
): Promise<CampaignResult> {
  const topology = await setup.open(seeded);
  try {
    return await new Campaign(topology, effort, seeded, say).play();
  } finally {
    await topology.close();
  }
}
