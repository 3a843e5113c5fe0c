import { formatDuration } from '../../libs/jobs/src/domain/duration.js';
import { resolveHealthOptions } from '../../libs/jobs/src/health/resolve-health-options.js';
import { Test } from '@nestjs/testing';
import type { Server } from 'node:http';
import request from 'supertest';
import { JobHandler, JobsModule } from 'nestjs-jobs';
import { JobsHealth } from 'nestjs-jobs/health';
import { gate, HealthApp } from '../health/health-app.js';
import { health, StatusModule, watched, WebModule } from './guide/health.js';
import { blocksOf, pages, tableUnder } from './pages.js';
import { boot, closeAll } from './start.js';

const page = pages().find(({ name }) => name === 'docs/guide/health.md')!; // the page of this file

@JobHandler('newsletter', { queue: 'mail' })
class SendNewsletter {
  handle(): Promise<void> {
    return gate.now.opened;
  }
}

/** What differs from run to run and from machine to machine. */
const VOLATILE = ['holder', 'host', 'pid', 'id', 'roundTrip', 'silentFor', 'oldestWaiting', 'value', 'lastHeartbeat'];

function settled(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) {
    return value.map((entry) => settled(entry));
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, settled(entry, name)]));
  }
  return VOLATILE.includes(key) ? typeof value : value;
}

afterEach(closeAll);

describe('health.md', () => {
  it('shows the answer that a system in that state gives', async () => {
    const app = await HealthApp.start({}, {}, { providers: [SendNewsletter] });
    await app.jobs.submit('newsletter');
    for (const priority of ['high', 'normal'] as const) {
      await app.jobs.submit('report.daily', {}, { queue: 'reports', priority });
    }
    await app.clock.advance(41_000);
    const { status, body } = await app.get('/health/jobs');
    await app.close();
    expect(status).toBe(503);
    const shown = blocksOf(page).find(({ language }) => language === 'json');
    const {
      info: _info,
      error: _error,
      ...told
    } = body as object & { readonly info?: unknown; readonly error?: unknown };
    expect(settled(JSON.parse(shown?.code ?? '{}'))).toEqual(settled(told));
  });

  it('names every threshold, its default and its level', () => {
    const { system, queue } = resolveHealthOptions({});
    const counts = ['pending', 'deadLetters', 'overdue'];
    const expected = Object.entries({ ...queue, ...system }).map(([name, limits]) => {
      if (typeof limits === 'string') {
        return [`\`${name}\``, '', `\`${limits}\``];
      }
      const [[level, value] = ['none', undefined]] = Object.entries(limits) as [string, number][];
      const shown = value === undefined ? '`false`' : `\`${counts.includes(name) ? value : formatDuration(value)}\``;
      return [`\`${name}\``, shown, `\`${level}\``];
    });
    const rows = tableUnder(page, '## Thresholds').map(([name, , value, level]) => [name, value, level]);
    const byName = (a: readonly (string | undefined)[], b: readonly (string | undefined)[]): number =>
      String(a[0]).localeCompare(String(b[0]));
    expect(rows.toSorted(byName)).toEqual(expected.toSorted(byName));
  });

  it('has modules that boot, with thresholds that are allowed', async () => {
    const web = await boot({ imports: [WebModule] });
    expect((await web.get(JobsHealth, { strict: false }).report()).level).toBe('up');
    const jobs = JobsModule.forRoot({ store: 'memory', worker: false });
    await boot({ imports: [jobs, health] });
    await boot({ imports: [jobs, watched] });
  });

  it('has a controller of its own that answers', async () => {
    const module = await Test.createTestingModule({
      imports: [JobsModule.forRoot({ store: 'memory', worker: false }), StatusModule],
    })
      .setLogger({ log: () => {}, warn: () => {}, error: () => {} })
      .compile();
    const app = await module.createNestApplication({ logger: false }).init();
    const { status, body } = await request(app.getHttpServer() as Server).get('/status');
    await app.close();
    expect(status).toBe(200);
    expect(Object.keys((body as { readonly details: object }).details)).toEqual(['redis', 'queues']);
  });
});
