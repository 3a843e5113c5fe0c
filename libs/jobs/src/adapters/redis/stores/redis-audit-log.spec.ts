import { startRedisServer } from '../../../../../../test/servers/redis-server.js';
import type { AuditEntry, AuditLog } from '../../../application/ports/audit-log.js';
import { VirtualClock } from '../../../testing/virtual-clock.js';
import { MemoryAuditLog } from '../../memory/memory-audit-log.js';
import { Keys } from '../stored/keys.js';
import { RedisAuditLog } from './redis-audit-log.js';
import { RedisConnection } from '../connection/redis-connection.js';
import { ScriptCaller } from '../scripts/script-caller.js';

const ENTRY: AuditEntry = { who: 'ada', action: 'jobs.cancel', outcome: 'done', jobs: [], count: 0 };

/** What is left of ten entries where three are kept. */
async function lastOfTen(audit: AuditLog): Promise<readonly string[]> {
  for (let number = 1; number <= 10; number++) {
    await audit.append({ ...ENTRY, detail: `change ${number}` });
  }
  await audit.conclude('1', ENTRY);
  return (await audit.list({ limit: 10 })).entries.map(({ detail = '' }) => detail);
}

describe('the audit trail keeps the last entries and no more', () => {
  it('in memory', async () => {
    const left = await lastOfTen(new MemoryAuditLog(new VirtualClock(), 3));
    expect(left).toEqual(['change 10', 'change 9', 'change 8']);
  });

  it('on Redis, also on one that has reached its maxmemory', async () => {
    const server = await startRedisServer();
    const connection = new RedisConnection({ url: server.url });
    const audit = new RedisAuditLog(new ScriptCaller(connection, new Keys(), () => 0, 20_000), 3);
    await expect(lastOfTen(audit)).resolves.toEqual(['change 10', 'change 9', 'change 8']);
    await expect(server.cli('HLEN jobs:{@system}:audit')).resolves.toBe('4');

    await server.cli('CONFIG SET maxmemory 1mb');
    await expect(audit.append(ENTRY)).resolves.toBe('11');
    await connection.close();
    await server.stop();
  });
});
