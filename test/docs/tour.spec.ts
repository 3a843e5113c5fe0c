import { InvalidPayloadError, JobService } from 'nestjs-jobs';
import { waitFor } from '../servers/wait-for.js';
import { boot, closeAll, start } from './start.js';
import { AppModule } from './tour/app.module.js';
import { Mailer, SendEmail } from './tour/email.js';
import { HelpDesk } from './tour/help-desk.js';
import { bootstrap } from './tour/main.js';
import { SignUp } from './tour/sign-up.js';
import { WebModule } from './tour/web.module.js';
import { WorkerModule } from './tour/worker.module.js';

afterEach(closeAll);

/** The tour's modules say no store: they run in memory, whatever the machine has. */
beforeAll(() => {
  delete process.env['REDIS_URL'];
});

describe('the tour in the README', () => {
  it('submits, runs and answers, with the application as it stands there', async () => {
    const app = await boot({ imports: [AppModule] });
    await expect(app.get(SignUp).register('ada@example.org')).resolves.toBe('welcome for ada@example.org');
    const nudge = await app.get(JobService).get('nudge:ada@example.org');
    expect(nudge).toMatchObject({ state: 'scheduled', queue: 'emails', type: 'email' });
  });

  it('refuses a payload at submit, naming the field', async () => {
    const app = await boot({ imports: [AppModule] });
    const refused = app.get(JobService).submit(SendEmail, { to: 'nobody', template: 'welcome' });
    await expect(refused).rejects.toThrow(InvalidPayloadError);
    await expect(refused).rejects.toThrow('to: to must be an email');
  });

  it('boots from its main file, and stops', async () => {
    process.env['PORT'] = '0';
    const app = await bootstrap();
    await expect(app.get(SignUp).register('ada@example.org')).resolves.toContain('ada@example.org');
    await app.close();
  });

  it('looks at jobs, cancels them and runs dead letters again', async () => {
    const providers = [Mailer, SendEmail, SignUp, HelpDesk];
    const app = await start(providers, { defaults: { retry: { backoff: 'none' } } });
    const [jobs, desk] = [app.get(JobService), app.get(HelpDesk)];
    await app.get(SignUp).register('ada@example.org');

    await expect(desk.cancelNudge('ada@example.org')).resolves.toBe('cancelled');
    await expect(desk.retryTimeouts()).resolves.toBe(0);

    const dead = await jobs.submit(SendEmail, { to: 'bob@example.org', template: 'late' }, { retry: { attempts: 1 } });
    const mailer = jest.spyOn(app.get(Mailer), 'send').mockRejectedValue(new Error('the server is away'));
    const failing = await jobs.submit(
      SendEmail,
      { to: 'eve@example.org', template: 'late' },
      { retry: { attempts: 1 } },
    );
    await dead.result({ timeout: '20s' }).catch(() => undefined);
    await failing.result({ timeout: '20s' }).catch(() => undefined);
    mailer.mockRestore();

    const record = await desk.look(failing.id);
    expect(record).toMatchObject({ state: 'failed', error: { message: 'the server is away' } });
    expect(record?.log.map(({ message }) => message)).toEqual(['attempt 1 for eve@example.org']);

    await expect(jobs.deadLetters('emails').retryAll()).resolves.toBeGreaterThan(0);
    await expect(failing.result({ timeout: '20s' })).resolves.toEqual({ messageId: 'late for eve@example.org' });
    const { byQueue, byState } = await desk.numbers();
    expect(byQueue['emails']?.byState.cancelled).toBe(1);
    expect(byState.completed).toBeGreaterThan(0);
  });

  it('says how many of a failed run again: those with the code', async () => {
    const app = await start([Mailer, SendEmail, HelpDesk]);
    const jobs = app.get(JobService);
    const mailer = jest
      .spyOn(app.get(Mailer), 'send')
      .mockImplementation(
        (_to, _template, { signal }) =>
          new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
      );
    const job = await jobs.submit(
      SendEmail,
      { to: 'slow@example.org', template: 'x' },
      { timeout: '20ms', retry: { attempts: 1 } },
    );
    await expect(job.result({ timeout: '20s' })).rejects.toThrow('ran longer than its timeout');
    mailer.mockRestore();
    await expect(app.get(HelpDesk).retryTimeouts()).resolves.toBe(1);
    await expect(job.result({ timeout: '20s' })).resolves.toEqual({ messageId: 'x for slow@example.org' });
  });

  it('has workers, and processes that only submit', async () => {
    const worker = await boot({ imports: [WorkerModule] });
    const job = await worker.get(JobService).submit(SendEmail, { to: 'ada@example.org', template: 'welcome' });
    await expect(job.result({ timeout: '20s' })).resolves.toEqual({ messageId: 'welcome for ada@example.org' });

    const web = await boot({ imports: [WebModule] });
    const jobs = web.get(JobService);
    void web
      .get(SignUp)
      .register('ada@example.org')
      .catch(() => undefined);
    await waitFor(async () => (await jobs.queue('emails').size()) === 2, { what: 'both jobs to wait for a worker' });
  });
});
