import * as fc from 'fast-check';
import { InvalidOptionError } from './errors/errors.js';
import { checkId, checkName, MAX_ID_BYTES } from './names.js';

describe('checkName', () => {
  it.each(['a', 'mail', 'Mail.send_v2', 'tenant-1/mail:high', '0', 'x'.repeat(128)])('takes %s', (name) => {
    expect(checkName(name, 'queue')).toBe(name);
  });

  it.each(['', '.a', '-a', 'a b', 'ž', 'a{b}', 'a|b', 'a\n', 'x'.repeat(129), 5, null, undefined, ['a']])(
    'refuses %p, naming the option',
    (name) => {
      expect(() => checkName(name, 'queue')).toThrow(InvalidOptionError);
      expect(() => checkName(name, 'queue')).toThrow(/^queue: /);
    },
  );
});

describe('checkId', () => {
  it.each(['x', '{}', '|', ':', ' ', '🚀', 'i'.repeat(MAX_ID_BYTES), 'ü'.repeat(MAX_ID_BYTES / 2)])(
    'takes %s',
    (id) => {
      expect(checkId(id)).toBe(id);
    },
  );

  it.each(['', 'a\u0000', 'a\nb', '\u007f', '\ud800', 'i'.repeat(257), 'ü'.repeat(129), 1, null, undefined, {}])(
    'refuses %p',
    (id) => {
      expect(() => checkId(id)).toThrow(InvalidOptionError);
    },
  );

  it('takes what it takes unchanged, and never more bytes than it may have', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (id) => {
        try {
          expect(checkId(id)).toBe(id);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidOptionError);
          return;
        }
        expect(Buffer.byteLength(id)).toBeLessThanOrEqual(MAX_ID_BYTES);
      }),
    );
  });
});
