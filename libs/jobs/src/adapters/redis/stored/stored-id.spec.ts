import { randomUUID } from 'node:crypto';
import { JobIdSource } from '../../../domain/job-id.js';
import { fromStoredId, toStoredId } from './stored-id.js';

describe('stored ids', () => {
  it('keep UUIDs in 22 characters, one run of ids in one bucket', () => {
    const source = new JobIdSource(() => 1_700_000_000_000);
    const ids = Array.from({ length: 600 }, () => source.next());
    const stored = ids.map(toStoredId);
    expect(new Set(stored.map((text) => text.length))).toEqual(new Set([22]));
    expect(new Set(stored.map((text) => text.slice(0, -2))).size).toBe(3);
    expect(new Set(stored).size).toBe(600);
    expect(stored.map(fromStoredId)).toEqual(ids);
  });

  it('come back whatever the order they are asked for', () => {
    const ids = Array.from({ length: 50 }, () => randomUUID() as string);
    const stored = ids.map(toStoredId);
    expect(stored.toReversed().map(fromStoredId)).toEqual(ids.toReversed());
  });

  it.each(['order-1', '.', '..', 'AaIGBT0LfWK0XHUkOghlAA', '0189D3F0-0000-7000-8000-000000000000', '😀', '|#{}'])(
    'keep %s as it is',
    (id) => {
      expect(toStoredId(id)).toBe(`.${id}`);
      expect(fromStoredId(toStoredId(id))).toBe(id);
    },
  );
});
