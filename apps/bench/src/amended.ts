import { isDeepStrictEqual } from 'node:util';
import type { Report } from './page.js';

/**
 * A whole run with rows that were measured again since, of which it says so.
 *
 * @throws Error where the run was on another machine or with other engines: it is to be run whole then
 */
export function amended(whole: Report, { date, rows, machine, versions }: Report): Report {
  if (!isDeepStrictEqual([whole.machine, whole.versions], [machine, versions])) {
    throw new Error('The whole run is of another machine or of other versions: rows of this one do not belong there');
  }
  const measured = new Map(rows.map((row) => [row.id, row]));
  const before = (whole.again ?? []).map((one) => ({ ...one, rows: one.rows.filter((id) => !measured.has(id)) }));
  return {
    ...whole,
    rows: whole.rows.map((row) => measured.get(row.id) ?? row),
    again: [...before.filter((one) => one.rows.length > 0), { date, rows: [...measured.keys()] }],
  };
}
