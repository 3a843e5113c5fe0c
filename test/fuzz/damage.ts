import * as fc from 'fast-check';
import { damaged, nastyText, shortNastyText } from './nasty-texts.js';
import { nastyJson } from './nasty-values.js';

const STAMP = '1700000000000';

/** What an envelope is made of, each part right as a rule. */
function oftenRight(right: string): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 8, arbitrary: fc.constant(right) },
    { weight: 1, arbitrary: shortNastyText },
    {
      weight: 1,
      arbitrary: fc.constantFrom('', '-1', '0', '1e999', '9'.repeat(30), 'nan', 'inf', '0x10', '1.5', ' 1'),
    },
  );
}

/** Settings that are JSON, and mostly not what settings are. */
const settings: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    '',
    '{}',
    'null',
    '5',
    '"x"',
    '[]',
    '{"timeout":"x"}',
    '{"timeout":-1}',
    '{"retry":5}',
    '{"retry":null}',
  ),
  fc.constantFrom(
    '{"tags":null}',
    '{"tags":"abc"}',
    '{"tags":[1]}',
    '{"metadata":[]}',
    '{"metadata":null}',
    '{"__proto__":{"timeout":1}}',
  ),
  fc.constantFrom(
    '{"retry":{"attempts":"many"}}',
    '{"retry":{"backoff":"constructor"}}',
    '{"timeout":1e308}',
    '{"tags":["fine"],"timeout":5}',
  ),
  nastyJson.map((json) => JSON.stringify(json).replaceAll('\n', '')),
);

/** An envelope whose parts are each right or not. */
const assembled: fc.Arbitrary<string> = fc
  .tuple(
    oftenRight(STAMP),
    fc.constantFrom('v1', 'v1', 'v1', 'v1', 'v0', 'v2', 'v', ''),
    oftenRight(''),
    oftenRight(''),
    oftenRight('0'),
    oftenRight('3'),
    oftenRight('3'),
    oftenRight('work'),
    settings,
    fc.oneof(
      fc.constantFrom('{}', '', '{"a":', 'nonsense'),
      nastyJson.map((json) => JSON.stringify(json)),
      shortNastyText,
    ),
  )
  .map(
    ([stamp, version, ttl, retain, priority, attempts, crashes, type, told, payload]) =>
      `${stamp}${version}|${ttl}|${retain}|${priority}|${attempts}|${crashes}|${type}|${told}\n${payload}`,
  );

/** The stored text of a job's immutable part, cut, overwritten, of another version, or none at all. */
export const envelope: fc.Arbitrary<string> = fc.oneof(
  { weight: 5, arbitrary: assembled },
  { weight: 2, arbitrary: damaged(assembled) },
  { weight: 2, arbitrary: damaged(fc.constant(`${STAMP}v1|||0|3|3|work|\n{"n":1}`)) },
  { weight: 1, arbitrary: nastyText },
);

const states = [
  'pending',
  'running',
  'scheduled',
  'retrying',
  'blocked',
  'completed',
  'failed',
  'cancelled',
  'unreadable',
  '',
];

const record: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom(...states),
    oftenRight('0'),
    oftenRight(''),
    oftenRight('0'),
    oftenRight('0'),
    oftenRight('0'),
    oftenRight('0'),
    fc.constantFrom('', 's', 'c', 'hlg', 'schlg', '%', '[', 'h|'),
    oftenRight('0'),
    oftenRight(STAMP),
    oftenRight(''),
    oftenRight(''),
    oftenRight(''),
    oftenRight(''),
    fc.oneof(fc.constantFrom('', '{}', '{"broken'), shortNastyText),
  )
  .map((parts) => parts.join('|'));

/** The stored text of a job's state. */
export const stateRecord: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: record },
  { weight: 1, arbitrary: damaged(record) },
  { weight: 1, arbitrary: shortNastyText },
);

/** What stands in a list of failed attempts or log lines, and as progress. */
export const detail: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    'null',
    '5',
    '"x"',
    '[]',
    '{}',
    '{"message":null}',
    '{"code":"corrupt"}',
    '{"code":"toString"}',
    '{"code":"expired","allowed":"x"}',
    '{',
  ),
  nastyJson.map((json) => JSON.stringify(json)),
  shortNastyText,
);
