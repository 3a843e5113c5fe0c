import type { JobSpec } from '../../../domain/job.js';
import { readEnvelope, writeEnvelope } from './envelope.js';

const SPEC: JobSpec = {
  id: 'a',
  type: 'mail.send',
  payload: '{"a":"b|\\nc"}',
  priority: -5,
  maxAttempts: 3,
  maxCrashes: 0,
  settings: {},
};

describe('envelopes', () => {
  it('leave out what is not there', () => {
    expect(writeEnvelope(SPEC)).toBe('v1|||-5|3|0|mail.send|\n{"a":"b|\\nc"}');
  });

  it.each<Partial<JobSpec>>([
    {},
    { expiresIn: 0, retain: 0 },
    { expiresIn: 5, retain: 6, settings: { timeout: 7, tags: ['a|b', 'c\nd'], metadata: { é: '😀' } } },
    { payload: '"line\n\nbreaks, as nobody forbids"' },
  ])('come back as they were: %j', (partial) => {
    const { id: _, due: __, expiresIn, ...expected } = { ...SPEC, ...partial };
    expect(readEnvelope(`1700000000000${writeEnvelope({ ...SPEC, ...partial })}`)).toEqual({
      ...expected,
      createdAt: 1_700_000_000_000,
      ...(expiresIn === undefined ? {} : { ttl: expiresIn }),
    });
  });

  it.each(['', 'nonsense', '1700000000000v2|x', '1700000000000v1|||0|3|3|work|', '1700000000000v1|||0|3|3|work|{\n1'])(
    'are not read from %j',
    (text) => {
      expect(readEnvelope(text)).toBeUndefined();
    },
  );
});
