import type { RedisServer } from './redis-server.js';

const KEYS_AT_ONCE = 20;

/** The keys of a slot that a node holds, as many as are asked for at most. */
export async function keysInSlot(node: RedisServer, slot: number, most: number): Promise<readonly string[]> {
  return (await node.cli(`CLUSTER GETKEYSINSLOT ${slot} ${most}`)).split('\n').filter(Boolean);
}

/** A slot that is on its way from one master to another, with its keys on both. */
export class MovingSlot {
  private constructor(
    private readonly slot: number,
    private readonly from: RedisServer,
    private readonly to: RedisServer,
    private readonly toId: string,
  ) {}

  static async begin(slot: number, from: RedisServer, to: RedisServer): Promise<MovingSlot> {
    const [fromId, toId] = [await from.cli('CLUSTER MYID'), await to.cli('CLUSTER MYID')];
    await to.cli(`CLUSTER SETSLOT ${slot} IMPORTING ${fromId}`);
    await from.cli(`CLUSTER SETSLOT ${slot} MIGRATING ${toId}`);
    return new MovingSlot(slot, from, to, toId);
  }

  async move(keys: readonly string[]): Promise<void> {
    await this.from.cli(['MIGRATE', this.to.host, String(this.to.port), '', '0', '10000', 'KEYS', ...keys]);
  }

  /** Moves what is left, and tells every master. */
  async end(masters: readonly RedisServer[]): Promise<void> {
    const { from, to, slot } = this;
    for (;;) {
      const keys = await keysInSlot(from, slot, KEYS_AT_ONCE);
      if (keys.length === 0) break;
      await this.move(keys);
    }
    // The new owner first: else the slot would for a moment be nobody's.
    for (const node of [to, from, ...masters.filter((each) => each !== to && each !== from)]) {
      await node.cli(`CLUSTER SETSLOT ${slot} NODE ${this.toId}`);
    }
  }
}

/** Moves a slot with all its keys from one master to another while both work, as `redis-cli --cluster reshard` does. */
export async function moveSlot(
  slot: number,
  from: RedisServer,
  to: RedisServer,
  masters: readonly RedisServer[],
): Promise<void> {
  const moving = await MovingSlot.begin(slot, from, to);
  await moving.end(masters);
}
