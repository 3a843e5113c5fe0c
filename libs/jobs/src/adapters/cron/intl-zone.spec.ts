import * as fc from 'fast-check';
import { intlZone } from './intl-zone.js';

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Africa/Casablanca',
];
const ODD = [
  'Pacific/Apia',
  'Asia/Gaza',
  'Africa/Monrovia',
  'America/Sitka',
  'America/Noronha',
  'America/Argentina/San_Luis',
];

const zoneName = fc.constantFrom(...ZONES, ...ODD);
const time = fc.integer({ min: Date.parse('1860-01-01T00:00Z'), max: Date.parse('2100-01-01T00:00Z') });

/** What Intl shows, by another way than the zone's own. */
function shown(name: string, at: number): number {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: name,
    hourCycle: 'h23',
    dateStyle: 'short',
    timeStyle: 'medium',
  }).formatToParts(at);
  const part = (type: string) => Number(parts.find((found) => found.type === type)?.value);
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
}

describe('a zone of Intl', () => {
  it('shows what Intl shows, at any time', () => {
    fc.assert(
      fc.property(zoneName, time, (name, at) => {
        expect(intlZone(name)!.wallAt(at) - (((at % 1_000) + 1_000) % 1_000)).toBe(shown(name, at));
      }),
      { numRuns: 1_000 },
    );
  });

  it('knows of each change, to the second', () => {
    const changes = new Map<string, number>();
    for (const name of [...ZONES, ...ODD]) {
      const zone = intlZone(name)!;
      let count = 0;
      const end = Date.parse('2030-01-01T00:00Z');
      for (let span = zone.spanAt(Date.parse('1900-01-01T00:00Z')); span.to < end;) {
        const next = zone.spanAt(span.to);
        if (next.offset !== span.offset) {
          count += 1;
          expect(shown(name, span.to - 1_000)).toBe(span.to - 1_000 + span.offset);
          expect(shown(name, span.to)).toBe(span.to + next.offset);
        }
        span = next;
      }
      changes.set(name, count);
    }
    expect(changes.get('UTC')).toBe(0);
    expect(changes.get('Asia/Kathmandu')).toBeGreaterThanOrEqual(1);
    expect(changes.get('Europe/Berlin')).toBeGreaterThan(100);
  });

  it('sees a summer time of seven days', () => {
    const zone = intlZone('America/Noronha')!;
    const hours = ['2000-10-08T01:59:59Z', '2000-10-08T02:00:00Z', '2000-10-15T00:59:59Z', '2000-10-15T01:00:00Z'].map(
      (at) => zone.spanAt(Date.parse(at)).offset / 3_600_000,
    );
    expect(hours).toEqual([-2, -1, -1, -2]);
  });

  it('finds the first moment at which it shows a time or a later one', () => {
    fc.assert(
      fc.property(zoneName, time, (name, wall) => {
        const zone = intlZone(name)!;
        const first = zone.firstAt(wall);
        expect(zone.wallAt(first)).toBeGreaterThanOrEqual(wall);
        expect(zone.latestShown(first - 1)).toBeLessThan(wall);
        expect(zone.latestShown(first)).toBe(zone.wallAt(first));
      }),
      { numRuns: 2_000 },
    );
  });

  it('is one and the same for a name, and none for what is no name', () => {
    expect(intlZone('Europe/Berlin')).toBe(intlZone('Europe/Berlin'));
    for (const name of ['', 'Europe/Atlantis', '+01:00', 'system', 'local', ' UTC']) {
      expect(intlZone(name)).toBeUndefined();
    }
  });

  it('forgets what it explored when asked for more than a century, and finds it again', () => {
    const zone = intlZone('America/New_York')!;
    const summer = Date.parse('2026-07-01T00:00Z');
    for (let year = 1; year < 1_000; year += 1) zone.spanAt(summer + year * 30 * 86_400_000);
    expect(zone.spanAt(summer).offset).toBe(-4 * 3_600_000);
  });
});
