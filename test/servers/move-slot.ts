import type { RedisServer } from './redis-server.js';

const KEYS_AT_ONCE = 20;

/** Moves a slot with all its keys from one master to another while both work, as `redis-cli --cluster reshard` does. */
export async function moveSlot(
  slot: number,
  from: RedisServer,
  to: RedisServer,
  masters: readonly RedisServer[],
): Promise<void> {
  const [fromId, toId] = [await from.cli('CLUSTER MYID'), await to.cli('CLUSTER MYID')];
  await to.cli(`CLUSTER SETSLOT ${slot} IMPORTING ${fromId}`);
  await from.cli(`CLUSTER SETSLOT ${slot} MIGRATING ${toId}`);
  for (;;) {
    const keys = (await from.cli(`CLUSTER GETKEYSINSLOT ${slot} ${KEYS_AT_ONCE}`)).split('\n').filter(Boolean);
    if (keys.length === 0) break;
    await from.cli(['MIGRATE', to.host, String(to.port), '', '0', '10000', 'KEYS', ...keys]);
  }
  // The new owner first: else the slot would for a moment be nobody's.
  for (const node of [to, from, ...masters.filter((each) => each !== to && each !== from)]) {
    await node.cli(`CLUSTER SETSLOT ${slot} NODE ${toId}`);
  }
}
