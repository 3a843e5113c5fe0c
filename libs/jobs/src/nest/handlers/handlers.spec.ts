import { Injectable, type Provider, Scope } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import {
  DuplicateHandlerError,
  type JobContext,
  type JobEventOf,
  JobHandler,
  JobService,
  JobsModule,
  OnJobEvent,
  UsageError,
} from '../../index.js';
import { waitFor } from '../../../../../test/servers/wait-for.js';

const warnings: string[] = [];
const LOGGER = { log: () => {}, warn: (message: string) => void warnings.push(message), error: () => {} };
const started: TestingModule[] = [];

async function start(
  providers: Provider[],
  controllers: NonNullable<Parameters<typeof Test.createTestingModule>[0]>['controllers'] = [],
): Promise<JobService> {
  const module = await Test.createTestingModule({
    imports: [JobsModule.forRoot({ store: 'memory' })],
    providers,
    controllers,
  })
    .setLogger(LOGGER)
    .compile();
  started.push(module);
  await module.init();
  return module.get(JobService);
}

async function result(jobs: JobService, type: string, payload?: unknown): Promise<unknown> {
  return (await jobs.submit(type, payload)).result({ timeout: '20s' });
}

afterEach(async () => {
  await Promise.all(started.splice(0).map((module) => module.close()));
  warnings.length = 0;
});

@Injectable()
class Greeter {
  greet(name: string): string {
    return `hello ${name}`;
  }
}

@JobHandler('greet')
class Greet {
  constructor(private readonly greeter: Greeter) {}

  handle({ name }: { name: string }, _job: JobContext): string {
    return this.greeter.greet(name);
  }
}

describe('handlers are found', () => {
  it.each<[string, Provider]>([
    ['a class', Greet],
    ['useClass', { provide: 'GREET', useClass: Greet }],
    ['useFactory', { provide: 'GREET', useFactory: (greeter: Greeter) => new Greet(greeter), inject: [Greeter] }],
    ['useValue', { provide: 'GREET', useValue: new Greet(new Greeter()) }],
    ['a plain object provided as the class', { provide: Greet, useValue: { handle: () => 'hello world' } }],
  ])('that are given as %s', async (_form, provider) => {
    const jobs = await start([Greeter, provider]);
    await expect(result(jobs, 'greet', { name: 'world' })).resolves.toBe('hello world');
  });

  it('once, whatever names a provider goes by', async () => {
    const jobs = await start([
      Greeter,
      Greet,
      { provide: 'ALIAS', useExisting: Greet },
      { provide: 'SAME', useFactory: (greet: Greet) => greet, inject: [Greet] },
    ]);
    await expect(result(jobs, 'greet', { name: 'you' })).resolves.toBe('hello you');
  });

  it('on methods, with and without the mark, stacked too', async () => {
    @JobHandler()
    class Marked {
      readonly prefix = 'm';

      @JobHandler('one')
      one(): string {
        return `${this.prefix}1`;
      }

      @JobHandler('two')
      @JobHandler('three', { queue: 'elsewhere' })
      more(_payload: unknown, job: JobContext): string {
        return `${this.prefix} ${job.type} ${job.queue}`;
      }
    }
    @Injectable()
    class Unmarked {
      @JobHandler('four')
      async four(): Promise<string> {
        return '4';
      }
    }
    const jobs = await start([Marked, Unmarked]);
    await expect(result(jobs, 'one')).resolves.toBe('m1');
    await expect(result(jobs, 'two')).resolves.toBe('m two default');
    await expect(result(jobs, 'three')).resolves.toBe('m three elsewhere');
    await expect(result(jobs, 'four')).resolves.toBe('4');
  });

  it('on a method whose function another decorator replaces', async () => {
    const loud: MethodDecorator = (_target, _method, descriptor: PropertyDescriptor) => {
      const quiet = descriptor.value as (this: unknown, ...args: unknown[]) => string;
      descriptor.value = function (this: unknown, ...args: unknown[]): string {
        return quiet.apply(this, args).toUpperCase();
      };
    };
    class Wrapped {
      @loud
      @JobHandler('wrapped')
      run(): string {
        return 'quiet';
      }
    }
    await expect(result(await start([Wrapped]), 'wrapped')).resolves.toBe('QUIET');
  });

  it('on a class, but not on its subclass', async () => {
    class Child extends Greet {}
    @JobHandler('other')
    class Other extends Greet {}
    const jobs = await start([Greeter, Greet, Child, Other]);
    await expect(result(jobs, 'greet', { name: 'you' })).resolves.toBe('hello you');
    await expect(result(jobs, 'other', { name: 'them' })).resolves.toBe('hello them');
  });

  it('not among controllers, and none at all is worth a warning', async () => {
    @Injectable()
    class Controller {
      @JobHandler('controlled')
      handle(): void {}
    }
    const jobs = await start([], [Controller]);
    await expect(jobs.submit('controlled')).rejects.toThrow('controlled');
    expect(warnings).toEqual([expect.stringContaining('No job handler was found')]);
  });
});

describe('wrong handlers stop the boot', () => {
  it('that share a type, naming both and their modules', async () => {
    @JobHandler('greet')
    class Again {
      handle(): void {}
    }
    const boot = start([Greeter, Greet, Again]);
    await expect(boot).rejects.toBeInstanceOf(DuplicateHandlerError);
    await expect(boot).rejects.toThrow(/'greet'.*Greet \(in \w+\).*Again \(in \w+\)/);
  });

  it('that have no handle method', async () => {
    class Nothing {}
    JobHandler('nothing')(Nothing as never);
    const boot = start([Nothing]);
    await expect(boot).rejects.toBeInstanceOf(UsageError);
    await expect(boot).rejects.toThrow("Nothing is decorated with @JobHandler('nothing') but has no method handle");
  });

  it('that are marked and have no handler among their methods', async () => {
    @JobHandler()
    class Empty {
      run(): void {}
    }
    await expect(start([Empty])).rejects.toThrow('Empty is marked with @JobHandler()');
  });

  it('whose options are wrong', async () => {
    @JobHandler('wrong', { timeout: 'soon' as never })
    class Wrong {
      handle(): void {}
    }
    await expect(start([Wrong])).rejects.toThrow('Wrong.timeout');
  });

  it('or already their declaration', () => {
    const twice = (): unknown => {
      @JobHandler('a')
      @JobHandler('b')
      class Twice {
        handle(): void {}
      }
      return Twice;
    };
    expect(twice).toThrow("Twice is decorated as handler of both 'a' and 'b'");
    const fixed = (): unknown => {
      class Fixed {
        @JobHandler('fixed')
        static run(): void {}
      }
      return Fixed;
    };
    expect(fixed).toThrow('Fixed.run is static');
  });
});

describe('@JobHandler', () => {
  it('keeps the scope of an @Injectable() below it', async () => {
    let made = 0;
    @JobHandler('scoped')
    @Injectable({ scope: Scope.TRANSIENT })
    class Scoped {
      readonly number = ++made;

      handle(): number {
        return this.number;
      }
    }
    const jobs = await start([Scoped]);
    const numbers = [await result(jobs, 'scoped'), await result(jobs, 'scoped')];
    expect(new Set(numbers).size).toBe(2);
  });
});

describe('@OnJobEvent', () => {
  const heard: string[] = [];

  class BaseListener {
    @OnJobEvent('submitted', { type: 'greet' })
    submitted({ type }: JobEventOf<'submitted'>): void {
      heard.push(`submitted ${type}`);
    }
  }

  @Injectable()
  class Listener extends BaseListener {
    private readonly name = 'listener';

    @OnJobEvent('completed', { queue: 'default' })
    @OnJobEvent('failed')
    ended(event: JobEventOf<'completed'> | JobEventOf<'failed'>): void {
      heard.push(`${this.name} ${event.kind} ${event.type}`);
    }

    @OnJobEvent('completed', { queue: 'another' })
    never(): void {
      heard.push('never');
    }

    @OnJobEvent('completed')
    async broken(): Promise<void> {
      throw new Error('the listener is broken');
    }
  }

  beforeEach(() => {
    heard.length = 0;
  });

  it('tells methods of any provider what happens to jobs', async () => {
    class Failing {
      @JobHandler('fail', { retry: { attempts: 1 } })
      fail(): void {
        throw new Error('no');
      }
    }
    const jobs = await start([Greeter, Greet, Failing, Listener]);
    await result(jobs, 'greet', { name: 'you' });
    await expect(result(jobs, 'fail')).rejects.toThrow('no');
    await waitFor(() => heard.length >= 3, { what: 'three events' });
    expect(heard).toEqual(['submitted greet', 'listener completed greet', 'listener failed fail']);
  });

  it('refuses listeners that do not live as long as the application', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Scoped extends Listener {}
    await expect(start([Scoped])).rejects.toThrow('request-scoped');
  });
});
