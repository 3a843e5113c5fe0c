import * as fc from 'fast-check';
import { readEnvelope } from '../../libs/jobs/src/adapters/redis/stored/envelope.js';
import { toClaimedJob, toJobRecord } from '../../libs/jobs/src/adapters/redis/stored/job-record.js';
import { readStateRecord } from '../../libs/jobs/src/adapters/redis/stored/state-record.js';
import { fromStoredId, toStoredId } from '../../libs/jobs/src/adapters/redis/stored/stored-id.js';
import { readSchedule } from '../../libs/jobs/src/adapters/redis/stored/stored-schedule.js';
import { JOB_STATES } from '../../libs/jobs/src/domain/job-state.js';
import { detail, envelope, stateRecord } from './damage.js';
import { fuzz, FUZZ_TIMEOUT } from './fuzz.js';
import { checkPrototypes } from './judge.js';
import { nastyText, shortNastyText } from './nasty-texts.js';

jest.setTimeout(FUZZ_TIMEOUT);

afterEach(checkPrototypes);

const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array).toString());

it('any text is read as an envelope whose every part is what it should be, or as none', async () => {
  await fuzz(fc.oneof({ weight: 4, arbitrary: envelope }, { weight: 1, arbitrary: bytes }), 4_000, (text) => {
    const read = readEnvelope(text);
    if (read !== undefined) {
      const { settings, createdAt, priority, maxAttempts, maxCrashes, type, payload } = read;
      for (const number of [createdAt, priority, maxAttempts, maxCrashes]) {
        expect(Number.isSafeInteger(number)).toBe(true);
      }
      expect(type).not.toBe('');
      expect(text.endsWith(payload)).toBe(true);
      expect(typeof settings).toBe('object');
      expect(settings.timeout === undefined || settings.timeout > 0).toBe(true);
      expect(settings.tags === undefined || settings.tags.every((tag) => typeof tag === 'string')).toBe(true);
      for (const part of [settings.retry, settings.metadata]) {
        expect(part === undefined || (typeof part === 'object' && part !== null && !Array.isArray(part))).toBe(true);
      }
    }
  });
});

it('any stored job is shown, and claimed as a whole or not at all', async () => {
  const stored = fc.record({
    storedId: fc.oneof(fc.uuid().map(toStoredId), shortNastyText.map(toStoredId), shortNastyText),
    envelope,
    record: fc.oneof(fc.constant(''), stateRecord),
    history: fc.array(detail, { maxLength: 3 }),
    log: fc.array(detail, { maxLength: 3 }),
    progress: detail,
  });
  await fuzz(stored, 3_500, (job) => {
    const shown = toJobRecord('mail', job);
    expect(JOB_STATES).toContain(shown.state);
    expect(Array.isArray(shown.tags) && typeof shown.metadata === 'object' && shown.metadata !== null).toBe(true);
    for (const failed of shown.history) {
      expect([typeof failed.code, typeof failed.name, typeof failed.message]).toEqual(['string', 'string', 'string']);
    }
    for (const line of shown.log) {
      expect([typeof line.at, typeof line.message]).toEqual(['number', 'string']);
    }
    expect(() => JSON.stringify(shown)).not.toThrow();
    const claimed = toClaimedJob(job.storedId, job.record === '' ? job.envelope : `${job.record}\n${job.envelope}`);
    if (claimed !== undefined) {
      for (const number of [
        claimed.attempt,
        claimed.priority,
        claimed.maxAttempts,
        claimed.createdAt,
        claimed.strays,
      ]) {
        expect(Number.isFinite(number)).toBe(true);
      }
    }
  });
});

it('any text is read as a state record, a schedule, an id, or as none', async () => {
  await fuzz(fc.tuple(stateRecord, nastyText, nastyText, bytes), 2_000, ([record, one, other, random]) => {
    readStateRecord(record);
    readStateRecord(random);
    expect(readSchedule('mail', [one, other, random]).length).toBeLessThanOrEqual(1);
    readSchedule('mail', [one, `v1|${other}`, '{}']);
    fromStoredId(random);
    expect(fromStoredId(toStoredId(one))).toBe(one);
  });
});
