import { Logger } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  ConfigurationService,
  type JobContext,
  JobService,
  JobsLoggingModule,
  type JobsLoggingOptions,
  UnrecoverableError,
} from 'nestjs-jobs';
import { JobsTestingModule, TestingJobs } from 'nestjs-jobs/testing';

interface Line {
  readonly level: string;
  readonly text: string;
}

interface Started {
  readonly jobs: JobService;
  readonly testing: TestingJobs;
  readonly configuration: ConfigurationService;
  /** What was logged since the module has booted. */
  readonly lines: readonly Line[];
}

const closing: (() => Promise<void>)[] = [];

async function start(logging: JobsLoggingOptions | 'made later' = {}): Promise<Started> {
  const lines: Line[] = [];
  const keep =
    (level: string) =>
    (text: unknown, ...rest: unknown[]): void => {
      if (rest.at(-1) === 'Jobs') {
        lines.push({ level, text: typeof text === 'string' ? text : JSON.stringify(text) });
      }
    };
  const module = await Test.createTestingModule({
    imports: [
      JobsTestingModule.forRoot({ defaults: { retry: { attempts: 2, backoff: 'fixed', initialDelay: '1s' } } }),
      logging === 'made later'
        ? JobsLoggingModule.forRootAsync({ useFactory: async () => ({ types: ['fine'] }) })
        : JobsLoggingModule.forRoot(logging),
    ],
  })
    .setLogger({ log: keep('log'), warn: keep('warn'), error: keep('error'), debug: keep('debug') })
    .compile();
  await module.init();
  closing.push(() => module.close());
  const jobs = module.get(JobService);
  jobs.register('fine', () => 'done');
  jobs.register('fails', ({ how }: { how: string }) => {
    throw how === 'hard'
      ? new UnrecoverableError('no such\naccount')
      : Object.assign(new Error('busy'), { code: 'E_BUSY' });
  });
  jobs.register('waits', (_payload: unknown, job: JobContext) => job.snooze('5m'));
  lines.length = 0;
  return { jobs, testing: TestingJobs.of(module), configuration: module.get(ConfigurationService), lines };
}

afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
  Logger.overrideLogger(undefined as never);
});

describe('JobsLoggingModule', () => {
  it('logs the begin and the end of an attempt, with its fields and without its payload', async () => {
    const { jobs, testing, lines } = await start();
    const job = await jobs.submit('fine', { password: 'p', name: 'ada' });
    await testing.drain();
    const of = `job=${job.id} type=fine queue=default attempt=1 worker=\\S+ maxAttempts=2`;
    expect(lines).toEqual([
      { level: 'debug', text: expect.stringMatching(`^Job started \\(event=job.started ${of}\\)$`) as string },
      {
        level: 'log',
        text: expect.stringMatching(`^Job completed \\(event=job.completed ${of} duration=[\\d.]+\\)$`) as string,
      },
    ]);
  });

  it('tells a retry from the end, and what is put off from what fails', async () => {
    const { jobs, testing, lines } = await start();
    await jobs.submit('fails', { how: 'soft' });
    await testing.advance('2s');
    await jobs.submit('fails', { how: 'hard' });
    await jobs.submit('waits');
    await testing.drain();
    const ends = lines.filter(({ text }) => !text.startsWith('Job started'));
    expect(ends.map(({ level }) => level)).toEqual(['warn', 'error', 'error', 'debug']);
    const [retrying, exhausted, hard, waits] = ends.map(({ text }) => text);
    expect(retrying).toMatch(
      /^Job failed, and is tried again \(.* attempt=1 .* delay=1000 code=E_BUSY error="Error: busy"\)$/,
    );
    expect(exhausted).toMatch(/^Job failed for good: busy \(event=job.failed .* attempt=2 .* code=E_BUSY/);
    expect(hard).toMatch(/^Job failed for good: no such\\naccount \(.*code=unrecoverable/);
    expect(waits).toMatch(/^Job put off \(event=job.snoozed .* delay=300000\)$/);
    expect(lines.some(({ text }) => text.includes('\n'))).toBe(false);
  });

  it('shows payloads when asked, redacted and cut', async () => {
    const { jobs, testing, lines } = await start({ payload: true, redact: ['iban'], maxPayloadLength: 90 });
    await jobs.submit('fine', { user: { password: 'p4ss', iban: 'DE12' }, text: 'x'.repeat(500) });
    await testing.drain();
    const [started, completed] = lines.map(({ text }) => text);
    expect(started).toContain(String.raw`payload="{\"user\":{\"password\":\"***\",\"iban\":\"***\"},\"text\":\"xxx`);
    expect(started?.length).toBeLessThan(300);
    expect(completed).not.toContain('payload');
  });

  it('writes objects where it is told that the logger takes them', async () => {
    const { jobs, testing, lines } = await start({ structured: true });
    const job = await jobs.submit('fine');
    await testing.drain();
    expect(JSON.parse(lines[1]?.text ?? '')).toMatchObject({
      message: 'Job completed',
      event: 'job.completed',
      job: job.id,
      attempt: 1,
    });
  });

  it.each([{}, { structured: true }])('says nothing below the level that is set at run time: %j', async (options) => {
    const { jobs, testing, lines, configuration } = await start(options);
    await configuration.change({ log: { level: 'error' } }, { by: 'ada' });
    await jobs.submit('fine');
    await jobs.submit('fails', { how: 'hard' });
    await testing.drain();
    expect(lines.filter(({ text }) => text.includes('Job ')).map(({ level }) => level)).toEqual(['error']);
  });

  it.each([
    ['switched off', { enabled: false }, 0],
    ['of another type', { types: ['waits'] }, 0],
    ['of another queue', { queues: ['mail'] }, 0],
    ['of its type and queue', { types: ['fine'], queues: ['default'] }, 2],
    ['with options made at boot', 'made later' as const, 2],
  ])('logs what it is told to: %s', async (_what, options, expected) => {
    const { jobs, testing, lines } = await start(options);
    await jobs.submit('fine');
    await testing.drain();
    expect(lines).toHaveLength(expected);
  });

  it.each([
    ['payloads', { payloads: true }],
    ['enabled', { enabled: 'yes' }],
    ['redact', { redact: 'password' }],
    ['structured', { structured: 'json' }],
    ['types', { types: ['no good name'] }],
    ['maxPayloadLength', { maxPayloadLength: 0 }],
  ])('refuses a wrong option: %s', async (option, options) => {
    await expect(start(options as JobsLoggingOptions)).rejects.toMatchObject({ code: 'invalid-option', option });
  });
});
