import * as fc from 'fast-check';

/** The largest text that is tried: as long as a payload may be. */
export const HUGE = 1_048_576;

/** Names that every object has, or that would change what every object has. */
export const PROTOTYPE_NAMES = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'then'] as const;

/** Texts that have broken keys, logs, terminals, parsers and paths before. */
const KNOWN: readonly string[] = [
  '',
  ' ',
  '\n',
  '\r\n',
  '\0',
  'a\nb',
  'x\n[Nest] 1 - LOG [Jobs] all is well',
  '\u001b[2K\u001b[31mred',
  '\u009b31m',
  '\u2028',
  '\u202egnp.exe',
  '\ufeff',
  '{',
  '}',
  '{}',
  '{a}',
  '}:{b',
  ':',
  '::',
  'a:b',
  '{queue}:meta',
  'a}:e:{b',
  '@system',
  'directory:types',
  '*',
  '?',
  '[a-z]*',
  '\\',
  '|',
  'v1|||0|3|3|work|',
  '#1#x',
  '.',
  '..',
  '../../etc/passwd',
  ',',
  ';',
  '%00',
  '%',
  '$value',
  '${value}',
  '$&',
  '"',
  "'",
  '`',
  '<script>',
  "'; return redis.call('FLUSHALL') --",
  ']]',
  '😀',
  '👨‍👩‍👧‍👦',
  '\ud800',
  'a\udc00b',
  'é',
  'e\u0301',
  'ﷺ',
  'İ',
  '１２',
  'null',
  'undefined',
  'true',
  'NaN',
  'Infinity',
  '-0',
  '0x10',
  '1e999',
  '1_000',
  '+5',
  '9'.repeat(400),
  `0.${'9'.repeat(400)}`,
  'a'.repeat(128),
  'a'.repeat(129),
  'a'.repeat(257),
  'é'.repeat(129),
  '(a+)+$',
  ...PROTOTYPE_NAMES,
];

/** What parts keys, fields, lines and words somewhere. */
const SPECIAL = ['a', '{', '}', ':', '|', '#', '.', ',', '*', '?', '\n', '\r', '\0', '\u001b', '"', '\\'];

/** A text of any kind: known ones, random ones, pieces of both; a few of them a megabyte long. */
export const nastyText: fc.Arbitrary<string> = fc.oneof(
  { weight: 100, arbitrary: fc.constantFrom(...KNOWN) },
  { weight: 60, arbitrary: fc.string({ unit: 'binary', maxLength: 30 }) },
  { weight: 30, arbitrary: fc.string({ unit: fc.constantFrom(...SPECIAL) }) },
  { weight: 30, arbitrary: fc.array(fc.constantFrom(...KNOWN), { maxLength: 4 }).map((parts) => parts.join('')) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ...['a', '\n', '{', '😀', '\ud800', '9', '"'].map((unit) => unit.repeat(Math.ceil(HUGE / unit.length))),
    ),
  },
);

/** Text without a megabyte in it, for what is tried by the thousand on a server. */
export const shortNastyText: fc.Arbitrary<string> = nastyText.filter((text) => text.length < 2_000);

/** Changes a text that is right: cut, doubled, with something put in or a character replaced. */
export function damaged(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(text, fc.nat({ max: 10_000 }), shortNastyText, fc.constantFrom('cut', 'put', 'replace', 'double', 'keep'))
    .map(([right, at, piece, how]) => {
      const place = right.length === 0 ? 0 : at % right.length;
      switch (how) {
        case 'cut':
          return right.slice(0, place);
        case 'put':
          return right.slice(0, place) + piece + right.slice(place);
        case 'replace':
          return right.slice(0, place) + piece + right.slice(place + 1);
        case 'double':
          return right + right;
        default:
          return right;
      }
    });
}
