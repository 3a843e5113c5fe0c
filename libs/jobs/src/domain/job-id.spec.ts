import { JobIdSource } from './job-id.js';

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('JobIdSource', () => {
  it('makes UUIDs of version 7 that carry the time', () => {
    const id = new JobIdSource(() => 1_767_225_600_123).next();
    expect(id).toMatch(UUID_V7);
    expect(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(1_767_225_600_123);
  });

  it('makes 256 ids on one head, then draws another', () => {
    const source = new JobIdSource(() => 1);
    const ids = Array.from({ length: 600 }, () => source.next());
    expect(new Set(ids).size).toBe(600);
    const heads = [...new Set(ids.map((id) => id.slice(0, -2)))];
    expect(heads).toHaveLength(3);
    expect(ids.slice(0, 256).every((id) => id.startsWith(heads[0] as string))).toBe(true);
    expect(ids.slice(0, 256)).toEqual(ids.slice(0, 256).toSorted());
  });

  it('draws another head after a second, and when the clock goes back', () => {
    let now = 10_000;
    const source = new JobIdSource(() => now);
    const head = (): string => source.next().slice(0, -2);
    const first = head();
    now += 999;
    expect(head()).toBe(first);
    now += 1;
    const second = head();
    expect(second > first).toBe(true);
    now -= 5_000;
    expect(head()).not.toBe(second);
  });

  it('does not repeat itself between sources', () => {
    const ids = Array.from({ length: 1_000 }, () => new JobIdSource(() => 5).next());
    expect(new Set(ids).size).toBe(1_000);
  });
});
