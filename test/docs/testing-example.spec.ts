import { Injectable, Module } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { type Handler, type JobContext, JobHandler, JobService } from 'nestjs-jobs';
import { jobMatchers, JobsTestingModule, TestingJobs } from 'nestjs-jobs/testing';

// What is tested: a mail with a reminder, and the service that submits both.

@Injectable()
class Mailer {
  async send(_to: string, _text: string): Promise<string> {
    return 'a real mailer would answer a message id';
  }
}

@JobHandler('mail', { retry: { attempts: 3, backoff: 'exponential', initialDelay: '10s' } })
class SendMail implements Handler<{ to: string; text: string }, { messageId: string }> {
  constructor(private readonly mailer: Mailer) {}

  async handle({ to, text }: { to: string; text: string }, job: JobContext): Promise<{ messageId: string }> {
    job.log(`attempt ${job.attempt} of ${job.maxAttempts}`);
    return { messageId: await this.mailer.send(to, text) };
  }
}

@Injectable()
class Accounts {
  constructor(private readonly jobs: JobService) {}

  async open(email: string): Promise<void> {
    await this.jobs.submit(SendMail, { to: email, text: 'Welcome!' });
    await this.jobs.submit(SendMail, { to: email, text: 'How do you like it?' }, { delay: '3d' });
  }
}

@Module({ providers: [Accounts, Mailer, SendMail] })
class AccountsModule {}

// The test.

expect.extend(jobMatchers);

describe('opening an account', () => {
  const send = jest.fn<Promise<string>, [to: string, text: string]>();
  let module: TestingModule;
  let jobs: TestingJobs;

  beforeEach(async () => {
    send.mockReset().mockResolvedValue('m1');
    module = await Test.createTestingModule({ imports: [JobsTestingModule.forRoot(), AccountsModule] })
      .overrideProvider(Mailer)
      .useValue({ send })
      .compile();
    await module.init();
    jobs = module.get(TestingJobs);
  });

  afterEach(() => module.close());

  it('submits a welcome', async () => {
    await module.get(Accounts).open('ada@example.org');

    expect(jobs).toHaveSubmitted(SendMail, { to: 'ada@example.org', text: 'Welcome!' });
    expect(send).not.toHaveBeenCalled(); // nothing runs until the test says so
  });

  it('sends the welcome at once and the reminder after three days', async () => {
    await module.get(Accounts).open('ada@example.org');

    await jobs.drain();
    expect(send).toHaveBeenCalledTimes(1);
    expect(jobs).toHaveCompleted(SendMail, { text: 'Welcome!' });

    await jobs.advance('3d');
    expect(send).toHaveBeenLastCalledWith('ada@example.org', 'How do you like it?');
  });

  it('tries again 10 and 20 seconds later, and gives up after the third attempt', async () => {
    send.mockRejectedValue(new Error('greylisted'));
    await module.get(JobService).submit(SendMail, { to: 'ada@example.org', text: 'Welcome!' });

    expect(await jobs.drain()).toMatchObject({ retried: 1 });
    expect(await jobs.advance('10s')).toMatchObject({ retried: 1 });
    expect(await jobs.advance('20s')).toMatchObject({ failed: 1 });
    expect(jobs).toHaveFailed(SendMail, 'greylisted');
  });

  it('runs one handler by itself, as any attempt of any job', async () => {
    const lines: string[] = [];
    const result = await jobs.run(
      SendMail,
      { to: 'ada@example.org', text: 'Hello' },
      { attempt: 2, onLog: (line) => lines.push(line) },
    );

    expect(result).toEqual({ messageId: 'm1' });
    expect(lines).toEqual(['attempt 2 of 3']);
  });
});
