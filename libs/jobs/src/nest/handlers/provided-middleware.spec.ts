import { Injectable, Module, Scope, type Type } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { type JobContext, JobHandler, JobService, JobsModule, type MiddlewareObject, UsageError } from '../../index.js';

const started: TestingModule[] = [];

async function start(middleware: readonly Type<MiddlewareObject>[], imports: readonly Type[]): Promise<JobService> {
  const module = await Test.createTestingModule({
    imports: [JobsModule.forRoot({ store: 'memory', middleware }), ...imports],
  })
    .setLogger({ log: () => {}, warn: () => {}, error: () => {} })
    .compile();
  started.push(module);
  await module.init();
  return module.get(JobService);
}

afterEach(async () => {
  await Promise.all(started.splice(0).map((module) => module.close()));
});

@Injectable()
class Marks {
  readonly mark = '!';
}

@Injectable()
class Exclaim implements MiddlewareObject {
  constructor(private readonly marks: Marks) {}

  async use(job: JobContext, next: () => Promise<unknown>): Promise<string> {
    return `${job.type}: ${String(await next())}${this.marks.mark}`;
  }
}

@Injectable()
class Bracket implements MiddlewareObject {
  async use(_job: JobContext, next: () => Promise<unknown>): Promise<string> {
    return `[${String(await next())}]`;
  }
}

@Injectable({ scope: Scope.TRANSIENT })
class Transient extends Bracket {}

@JobHandler('say', { middleware: [Bracket, async (_job, next) => `<${String(await next())}>`] })
class Say {
  handle(word: string): string {
    return word;
  }
}

@Module({ providers: [Marks, Exclaim, Bracket, Transient] })
class MiddlewareModule {}

@Module({ providers: [Say] })
class SayModule {}

describe('middleware that is a provider', () => {
  it('runs with what it injects, around every handler and around one, from any module', async () => {
    const jobs = await start([Exclaim], [SayModule, MiddlewareModule]);
    const job = await jobs.submit(Say, 'hello');
    await expect(job.result({ timeout: '20s' })).resolves.toBe('say: [<hello>]!');
    jobs.register('plain', () => 'well');
    await expect((await jobs.submit('plain')).result({ timeout: '20s' })).resolves.toBe('plain: well!');
  });

  it.each([
    ['around every handler', [Exclaim], []],
    ['around one handler', [], [SayModule]],
    ['that is no singleton', [Transient], [MiddlewareModule]],
  ])('stops the boot where nobody provides it: %s', async (_what, middleware, imports) => {
    const boot = start(middleware, imports);
    await expect(boot).rejects.toThrow(UsageError);
    await expect(boot).rejects.toThrow(/^The middleware (Exclaim|Bracket|Transient) is not among the providers/);
  });

  it('is not asked for by a process that only submits', async () => {
    const jobs = await start([], []);
    await expect(jobs.submit(Say, 'later')).resolves.toMatchObject({ receipt: 'added' });
  });
});
