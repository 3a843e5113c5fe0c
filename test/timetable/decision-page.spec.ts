import { readFileSync } from 'node:fs';
import path from 'node:path';
import { CronTimetables } from '../../libs/jobs/src/adapters/cron/cron-timetables.js';
import { at, daily, every, monthly, weekly } from '../../libs/jobs/src/domain/timetable/builders.js';
import { occurrences } from './occurrences.js';

const page = readFileSync(path.join(__dirname, '..', '..', 'docs', 'decisions', 'daylight-saving.md'), 'utf8');
const builders = { at, daily, every, monthly, weekly };
const timetables = new CronTimetables();

/** The rows of the table below a heading, cell by cell; of the second table with `which` 1. */
function rows(heading: string, which = 0): readonly (readonly string[])[] {
  const section = page.split(`## ${heading}\n`)[1]!.split('\n## ')[0]!;
  const tables = section.match(/(?:^\|.*\n)+/gm)!;
  return tables[which]!.trim()
    .split('\n')
    .slice(2)
    .map((row) =>
      row
        .slice(1, -1)
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim()),
    );
}

/** What comes on one day of the zone. */
function comes(expression: string, zone: string, day: string): readonly string[] {
  const before = new Date(Date.parse(`${day}T00:00Z`) - 30 * 3_600_000).toISOString();
  return occurrences(expression, zone, before, 200)
    .filter((shown) => shown.startsWith(day))
    .map((shown) =>
      shown
        .slice(11)
        .replace(':00 ', ' ')
        .replace(/^(\d\d:\d\d):00$/, '$1'),
    );
}

describe('docs/decisions/daylight-saving.md', () => {
  const table = rows('What comes when').flatMap(([zone = '', day = '', , ...cells]) =>
    cells.map((cell) => [zone.replaceAll('`', ''), day, ...cell.split(/^`(.+)`: /).slice(1)] as const),
  );

  it('has a row for each of the zones', () => {
    expect(new Set(table.map(([zone]) => zone)).size).toBe(9);
  });

  it.each(table)('%s on %s: %s comes at %s', (zone, day, expression = '', told = '') => {
    const found = comes(expression, zone, day);
    if (told === 'nothing') expect(found).toEqual([]);
    else if (told.endsWith(' times')) expect(found).toHaveLength(Number.parseInt(told, 10));
    else expect(found.map((shown, index) => shown.slice(0, told.split(', ')[index]?.length))).toEqual(told.split(', '));
  });

  it.each(rows('How an expression is read'))('reads %s, as %s makes it', (expressions = '', builder = '') => {
    const texts = expressions.split(', ').map((text) => text.replaceAll('`', ''));
    for (const expression of texts) {
      expect(() => timetables.compile({ expression, timezone: 'Europe/Berlin' })).not.toThrow();
    }
    const [, name, list] = /^`(\w+)\((.*)\)`$/.exec(builder) ?? [];
    if (name === undefined || list === undefined) return;
    const given = list === 'date' ? [new Date('2026-12-01T09:00Z')] : JSON.parse(`[${list.replaceAll("'", '"')}]`);
    const build = builders[name as keyof typeof builders] as unknown as (...parameters: readonly unknown[]) => string;
    expect(build(...(given as readonly unknown[]))).toBe(texts[0]);
  });

  it.each(rows('How an expression is read', 1))('takes %s for an exception', (entry = '') => {
    const timing = { expression: '@hourly', timezone: 'Europe/Berlin', except: [entry.replaceAll('`', '')] };
    expect(() => timetables.compile(timing)).not.toThrow();
  });

  it('names every macro', () => {
    for (const [, macro] of page.matchAll(/`(@\w+)`/g)) {
      expect(() => timetables.compile({ expression: macro!, timezone: 'UTC' })).not.toThrow();
    }
  });
});
