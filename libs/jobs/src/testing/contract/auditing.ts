import type { AuditEntry, AuditQuery, AuditRecord } from '../../application/ports/audit-log.js';
import { SCAN_LIMIT } from '../../application/ports/job-inspector.js';
import { InvalidOptionError } from '../../domain/errors/errors.js';
import { MINUTE, type QueueUnderTest, type Subject } from './queue-under-test.js';

/** Changes made by hand, and who made them. */
export const auditing: Subject = (newQueue) => {
  /** An entry by someone no other test has, in the queue's store. */
  const entry = ({ queue }: QueueUnderTest, part: Partial<AuditEntry> = {}): AuditEntry => ({
    who: `ada of ${queue}`,
    action: 'jobs.cancel',
    outcome: 'attempted',
    jobs: [{ queue, id: 'a|b "c"' }],
    count: 1,
    ...part,
  });
  const all = async ({ ports, queue }: QueueUnderTest, query: Partial<AuditQuery> = {}): Promise<AuditRecord[]> => {
    const found: AuditRecord[] = [];
    let cursor: string | undefined;
    do {
      const page = await ports.audit.list({
        who: `ada of ${queue}`,
        limit: 3,
        ...query,
        ...(cursor === undefined ? {} : { cursor }),
      });
      expect(page.entries.length).toBeLessThanOrEqual(query.limit ?? 3);
      found.push(...page.entries);
      cursor = page.cursor;
    } while (cursor !== undefined);
    return found;
  };

  describe('the audit trail', () => {
    it('keeps what was done, when by the store, and what became of it', async () => {
      const queue = newQueue();
      const { audit } = queue.ports;
      const told = entry(queue, { filter: { state: 'failed' }, requestId: 'r1', ip: '::1', target: 'x' });
      const id = await audit.append(told);
      const [attempted] = await all(queue);
      expect(attempted).toEqual({ ...told, id, at: expect.any(Number) });
      await queue.advance(MINUTE);
      await audit.conclude(id, { ...told, outcome: 'refused', detail: 'illegal-state' });
      expect(await all(queue)).toEqual([{ ...attempted, outcome: 'refused', detail: 'illegal-state' }]);
      const later = await audit.append(told);
      const [newest] = await all(queue);
      expect(newest?.id).toBe(later);
      expect(newest?.at).toBeGreaterThanOrEqual((attempted?.at ?? Infinity) + MINUTE);
    });

    it('is read newest first, page by page, by who, what and outcome', async () => {
      const queue = newQueue();
      const { audit } = queue.ports;
      const ids: string[] = [];
      for (let number = 0; number < 8; number++) {
        await audit.append(entry(queue, { who: 'somebody else' }));
        const outcome = number < 2 ? 'failed' : 'done';
        ids.unshift(await audit.append(entry(queue, { action: number % 2 === 0 ? 'even' : 'odd', outcome })));
      }
      const found = async (query: Partial<AuditQuery>) => (await all(queue, query)).map(({ id }) => id);
      expect(await found({})).toEqual(ids);
      expect(await found({ limit: 1 })).toEqual(ids);
      expect(await found({ action: 'even' })).toEqual(ids.filter((_, index) => index % 2 === 1));
      expect(await found({ outcome: 'failed' })).toEqual(ids.slice(-2));
      expect(await found({ action: 'odd', outcome: 'failed' })).toEqual([ids.at(-2)]);
      expect(await found({ who: `nobody of ${queue.queue}` })).toEqual([]);
    });

    it('looks at a bounded number of entries a call', async () => {
      const queue = newQueue();
      await Promise.all(Array.from({ length: SCAN_LIMIT + 10 }, () => queue.ports.audit.append(entry(queue))));
      const page = await queue.ports.audit.list({ who: `nobody of ${queue.queue}`, limit: 5 });
      expect(page).toEqual({ entries: [], scanned: SCAN_LIMIT, cursor: expect.any(String) });
    });

    it('leaves alone what it does not keep, and refuses a cursor that is none of its own', async () => {
      const queue = newQueue();
      const { audit } = queue.ports;
      await expect(audit.conclude('999999999', entry(queue))).resolves.toBeUndefined();
      expect(await all(queue)).toEqual([]);
      await expect(audit.list({ limit: 1, cursor: 'x' })).rejects.toThrow(InvalidOptionError);
    });
  });
};
