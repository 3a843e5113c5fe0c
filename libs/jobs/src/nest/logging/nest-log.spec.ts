import { ConsoleLogger, Logger } from '@nestjs/common';
import { NestLog } from './nest-log.js';

describe('NestLog', () => {
  const lines: unknown[][] = [];
  const keep =
    (level: string) =>
    (...parts: unknown[]): void =>
      void lines.push([level, ...parts]);

  beforeEach(() => {
    lines.length = 0;
    Logger.overrideLogger({ log: keep('log'), warn: keep('warn'), error: keep('error'), debug: keep('debug') });
  });

  afterEach(() => {
    Logger.overrideLogger(undefined as never);
  });

  it('writes fields as text, those that are absent not at all', () => {
    new NestLog().info('Started', { workers: 2, queue: 'mail', job: undefined });
    new NestLog().warn('Careful');
    expect(lines).toEqual([
      ['log', 'Started (workers=2 queue=mail)', 'Jobs'],
      ['warn', 'Careful', 'Jobs'],
    ]);
  });

  it('writes an error with its stack, and anything else that was thrown as it is', () => {
    const error = new Error('no route');
    new NestLog().error('Closing failed', error, { job: 'j1' });
    new NestLog().error('Closing failed', { code: 7 });
    new NestLog().error('Closing failed');
    expect(lines).toEqual([
      ['error', 'Closing failed: no route (job=j1)', error.stack, 'Jobs'],
      ['error', 'Closing failed: {"code":7}', undefined, 'Jobs'],
      ['error', 'Closing failed', undefined, 'Jobs'],
    ]);
  });

  it('keeps a record on one line, whatever its parts say', () => {
    const forged = 'x\n[Nest] 1 - LOG [Jobs] all is well\u2028\u001b[2K';
    new NestLog().debug(`Told ${forged}`, { job: forged, type: 'a b=c', note: 'say "so"' });
    const error = new Error(forged);
    new NestLog().error('Failed', error);
    const [[, debug] = [], [, message, stack] = []] = lines as string[][];
    expect(debug).toBe(
      'Told x\\n[Nest] 1 - LOG [Jobs] all is well\\u2028\\u001b[2K (job="x\\n[Nest] 1 - LOG [Jobs] all is well\\u2028\\u001b[2K" type="a b=c" note="say \\"so\\"")',
    );
    expect(['\n', '\u2028', '\u001b'].filter((each) => message?.includes(each))).toEqual([]);
    expect(
      stack
        ?.split('\n')
        .slice(1)
        .every((line) => line.startsWith('    at ')),
    ).toBe(true);
  });

  it('lets no message forge a line of its own, however long it is and whatever its stack says', () => {
    const forged = '\n[Nest] 1 - LOG [Jobs] all is well';
    const late = new Error('made up');
    late.stack = `Error: made up\n    at f (file.js:1:1)${forged}\u001b[2K`;
    // Longer than what is kept of it: what stands in the stack is not what the message was cut to.
    new NestLog().error('Failed', new Error(`${forged}${'x'.repeat(3_000)}`));
    new NestLog().error('Failed', late);
    const stacks = (lines as string[][]).map(([, , stack]) => stack ?? '');
    expect(
      stacks[0]
        ?.split('\n')
        .slice(1)
        .filter((line) => !line.startsWith('    at ')),
    ).toEqual([]);
    expect(stacks[1]).toBe('Error: made up\n    at f (file.js:1:1)\\n[Nest] 1 - LOG [Jobs] all is well\\u001b[2K');
  });

  it('writes an object where the logger of Nest writes JSON, and bounds what an error says', () => {
    const written: Record<string, unknown>[] = [];
    const write = (text: unknown): boolean => {
      written.push(JSON.parse(String(text)) as Record<string, unknown>);
      return true;
    };
    jest.spyOn(process.stdout, 'write').mockImplementation(write);
    jest.spyOn(process.stderr, 'write').mockImplementation(write);
    try {
      Logger.overrideLogger(new ConsoleLogger({ json: true, colors: false }));
      new NestLog().info('Started', { workers: 2, job: 'a\nb', queue: undefined });
      new NestLog().error('Failed', new Error('x'.repeat(5_000)), { code: 'E_X' });
    } finally {
      jest.restoreAllMocks();
    }
    const [started, failed] = written;
    expect(started).toMatchObject({
      level: 'log',
      context: 'Jobs',
      message: { message: 'Started', workers: 2, job: 'a\nb' },
    });
    expect(failed).toMatchObject({ level: 'error', message: { code: 'E_X' }, stack: expect.any(String) as string });
    expect(JSON.stringify(failed).length).toBeLessThan(7_000);
  });
});
