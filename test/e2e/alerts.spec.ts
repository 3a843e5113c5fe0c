import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Test, type TestingModule } from '@nestjs/testing';
import { JobService, JobsModule, type JobSubmission } from 'nestjs-jobs';
import { type AlertEvent, verifyWebhook } from 'nestjs-jobs/alerts';
import { type NodeProcess, startNodeProcess } from '../servers/child-process.js';
import { type RedisServer, startRedisServer } from '../servers/redis-server.js';
import { waitFor } from '../servers/wait-for.js';

const SECRET = 'a secret of sixteen and more';
const ALERTING = join(__dirname, 'fixtures', 'alerting-application.ts');

describe('alerts of three processes on one Redis', () => {
  let redis: RedisServer;
  let receiver: Server;
  let submitter: TestingModule;
  let processes: NodeProcess[];
  const received: AlertEvent[] = [];
  let answer: (response: ServerResponse) => void = (response) => response.writeHead(204).end();

  beforeAll(async () => {
    redis = await startRedisServer();
    receiver = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        expect(verifyWebhook(request.headers, body, SECRET)).toBe(true);
        received.push(JSON.parse(body) as AlertEvent);
        answer(response);
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
    const jobs = { redis: { url: redis.url }, worker: false };
    const alerts = {
      rules: [{ kind: 'queue-depth', queue: 'mail', threshold: 3, for: 0 }],
      webhooks: [{ url, secret: SECRET, allowHttp: true, timeout: '10s' }],
      // The turn of who finds out lasts three of them: long enough for a machine that is busy.
      interval: '2s',
    };
    const args = [JSON.stringify(jobs), JSON.stringify(alerts)];
    processes = await Promise.all([1, 2, 3].map(() => startNodeProcess(ALERTING, { args, env: { NO_COLOR: '1' } })));
    await Promise.all(processes.map((each) => each.waitForLine('watching')));
    submitter = await Test.createTestingModule({
      imports: [JobsModule.forRoot({ redis: { url: redis.url }, worker: false, log: { summary: false } })],
    })
      .setLogger({ log: () => {}, warn: () => {}, error: () => {} })
      .compile();
    await submitter.init();
  });

  afterAll(async () => {
    await submitter.close();
    for (const each of processes) {
      await each.kill('SIGTERM');
      await each.exited;
    }
    receiver.closeAllConnections();
    await new Promise<void>((resolve) => receiver.close(() => resolve()));
    await redis.stop();
  });

  /** Two looks of each process after this, nothing more may have been told. */
  const severalLooks = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 5_000));
  const finders = (word: string): readonly NodeProcess[] =>
    processes.filter(({ lines }) => lines.some((line) => line.includes(word)));

  /** In one call: nobody sees but some of them. */
  const mails = (count: number): readonly JobSubmission[] =>
    Array.from({ length: count }, () => ({ type: 'mail.send', payload: {}, options: { queue: 'mail' } }));

  it('are posted once, are logged once, and are heard in each', async () => {
    const jobs = submitter.get(JobService);
    await jobs.submitMany(mails(3));
    await waitFor(() => received.length > 0, { what: 'the webhook to be told' });
    const heard = await Promise.all(processes.map((each) => each.waitForLine(/^heard firing/)));
    expect(new Set(heard)).toEqual(new Set([`heard firing ${received[0]?.id}`]));
    await severalLooks();
    expect(received).toMatchObject([{ kind: 'firing', queue: 'mail', value: 3 }]);
    expect(finders('Alert queue-depth:mail')).toHaveLength(1);

    await jobs.queue('mail').clear();
    await waitFor(() => received.length > 1, { what: 'the webhook to be told of the recovery' });
    await Promise.all(processes.map((each) => each.waitForLine(/^heard recovered/)));
    await severalLooks();
    expect(received.slice(1)).toMatchObject([{ kind: 'recovered', alert: received[0]?.alert }]);
  });

  it('are posted by another when the one that found out is killed in the middle of it', async () => {
    const jobs = submitter.get(JobService);
    received.length = 0;
    answer = () => undefined; // it is left hanging
    await jobs.submitMany(mails(4));
    await waitFor(() => received.length === 1, { what: 'the webhook to be told' });
    const [finder] = finders('Alert queue-depth:mail: 4 jobs');
    expect(finder).toBeDefined();
    answer = (response) => response.writeHead(204).end();
    await finder?.kill('SIGKILL');
    processes = processes.filter((each) => each !== finder);
    await waitFor(() => received.length === 2, { what: 'another process to tell the webhook' });
    expect(received[1]).toEqual(received[0]);
    await severalLooks();
    expect(received).toHaveLength(2);
    expect(finders('Alert queue-depth:mail: 4 jobs')).toEqual([]);
    for (const each of processes) {
      expect(each.lines.filter((line) => line === `heard firing ${received[0]?.id}`)).toHaveLength(1);
    }
  });
});
