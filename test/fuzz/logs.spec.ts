import { Logger } from '@nestjs/common';
import * as fc from 'fast-check';
import { InvalidOptionError, show } from '../../libs/jobs/src/domain/errors/errors.js';
import { describeFailure, toError } from '../../libs/jobs/src/domain/failure.js';
import { payloadText } from '../../libs/jobs/src/nest/logging/payload-text.js';
import { ToldLog } from '../../libs/jobs/src/nest/logging/told-log.js';
import { fuzz, FUZZ_TIMEOUT } from './fuzz.js';
import { checkPrototypes } from './judge.js';
import { nastyText } from './nasty-texts.js';
import { nasty, nastyJson } from './nasty-values.js';

jest.setTimeout(FUZZ_TIMEOUT);

/** What ends a line or steers a terminal. */
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

describe('what is logged', () => {
  const written: unknown[][] = [];
  const keep = (...parts: unknown[]): void => void written.push(parts);

  beforeAll(() => Logger.overrideLogger({ log: keep, warn: keep, error: keep, debug: keep }));
  afterAll(() => Logger.overrideLogger(undefined as never));

  it('of any id, type, error and message is one line, which nothing in it can break or forge', async () => {
    const value = fc.oneof(
      { weight: 4, arbitrary: nastyText },
      { weight: 1, arbitrary: fc.constantFrom<string | number>(1, Number.NaN) },
    );
    const fields = fc.dictionary(fc.constantFrom('job', 'type', 'queue', 'error', 'payload'), value);
    const stack = fc.oneof(
      nastyText,
      fc.tuple(nastyText, nastyText).map(([head, tail]) => `Error: ${head}\n    at f (file.js:1:1)\n${tail}`),
    );
    const error = fc.oneof(
      {
        weight: 3,
        arbitrary: fc.record({ message: nastyText, name: nastyText, stack }, { requiredKeys: ['message'] }),
      },
      { weight: 1, arbitrary: nasty },
    );
    const log = new ToldLog(false);
    await fuzz(fc.tuple(nastyText, fields, error), 2_500, ([message, told, thrown]) => {
      written.length = 0;
      log.info(message, told);
      log.error(message, errorOf(thrown), told);
      const [[info] = [], [said, frames] = []] = written as string[][];
      expect(CONTROL.test(info ?? '')).toBe(false);
      expect(CONTROL.test(said ?? '')).toBe(false);
      // Below its head a stack has frames alone: no line that looks like a record of its own.
      for (const [index, line] of (typeof frames === 'string' ? frames.split('\n') : []).entries()) {
        expect(CONTROL.test(line)).toBe(false);
        expect(index === 0 || line.startsWith('    at ')).toBe(true);
      }
    });
  });

  it('of a payload is text of a bounded length, with no secret in it', async () => {
    const payload = fc.oneof(
      nastyJson.map((json) => JSON.stringify(json)),
      nastyText,
      nastyJson.map((json) => JSON.stringify({ deep: [{ password: 'hunter2', apiKey: 'hunter2', data: json }] })),
    );
    await fuzz(payload, 1_500, (text) => {
      const shown = payloadText(text, { redact: ['data'], length: 300 });
      expect(shown.length).toBeLessThanOrEqual(301);
      expect(shown).not.toContain('hunter2');
    });
  });

  it('of whatever was thrown is a failure of a bounded size, and never another error', async () => {
    await fuzz(nasty, 1_500, (thrown) => {
      const failure = describeFailure(toError(thrown));
      expect(JSON.stringify(failure).length).toBeLessThan(60_000);
      expect(show(thrown).length).toBeLessThan(200);
      expect(new InvalidOptionError('option', thrown, 'another').message.length).toBeLessThan(300);
      checkPrototypes();
    });
  });
});

/** An error with these parts, or the value itself: anything can be thrown. */
function errorOf(thrown: unknown): unknown {
  const { message, name, stack } = (Object(thrown) === thrown && isOfParts(thrown) ? thrown : {}) as Record<
    string,
    string | undefined
  >;
  if (message === undefined) {
    return thrown;
  }
  const error = new Error(message);
  return Object.assign(error, name === undefined ? {} : { name }, stack === undefined ? {} : { stack });
}

function isOfParts(thrown: unknown): boolean {
  try {
    return Object.keys(thrown as object).every((key) => ['message', 'name', 'stack'].includes(key));
  } catch {
    return false;
  }
}
