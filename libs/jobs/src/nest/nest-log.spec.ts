import { Logger } from '@nestjs/common';
import { NestLog } from './nest-log.js';

describe('NestLog', () => {
  const lines: unknown[][] = [];
  const keep =
    (level: string) =>
    (...parts: unknown[]): void =>
      void lines.push([level, ...parts]);

  beforeEach(() => {
    lines.length = 0;
    Logger.overrideLogger({ log: keep('log'), warn: keep('warn'), error: keep('error') });
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
});
