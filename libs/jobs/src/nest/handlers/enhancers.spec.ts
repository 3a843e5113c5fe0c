import {
  type ArgumentMetadata,
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  Catch,
  type ExceptionFilter,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
  type PipeTransform,
  type Provider,
  Scope,
  SetMetadata,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, Reflector, REQUEST } from '@nestjs/core';
import { Test, type TestingModule } from '@nestjs/testing';
import { catchError, map, type Observable, of } from 'rxjs';
import {
  JobContext,
  JobHandler,
  type JobRecord,
  JobService,
  JobsModule,
  type JobsModuleOptions,
  UsageError,
} from '../../index.js';

const errors: string[] = [];
const LOGGER = { log: () => {}, warn: () => {}, error: (message: unknown) => void errors.push(String(message)) };
const started: TestingModule[] = [];

async function start(providers: Provider[], options: JobsModuleOptions = {}): Promise<JobService> {
  const module = await Test.createTestingModule({
    imports: [JobsModule.forRoot({ store: 'memory', defaults: { retry: { attempts: 1 } }, ...options })],
    providers,
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

async function record(jobs: JobService, type: string, payload?: unknown): Promise<JobRecord | undefined> {
  const job = await jobs.submit(type, payload);
  await job.result({ timeout: '20s' }).catch(() => undefined);
  return job.get();
}

afterEach(async () => {
  await Promise.all(started.splice(0).map((module) => module.close()));
  errors.length = 0;
});

/** Its dependency shows that Nest made it. */
@Injectable()
class Rules {
  readonly forbidden = 'forbidden';
}

@Injectable()
class Guard implements CanActivate {
  static seen: unknown[] = [];

  constructor(
    private readonly rules: Rules,
    private readonly reflector: Reflector,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const [payload, job] = context.getArgs<[{ name: string }, JobContext]>();
    Guard.seen.push({
      type: context.getType<string>(),
      class: context.getClass().name,
      method: context.getHandler().name,
      role: this.reflector.getAllAndOverride<string>('role', [context.getHandler(), context.getClass()]),
      job: job.type,
    });
    return payload.name !== this.rules.forbidden;
  }
}

@Injectable()
class Wrap implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((value) => `<${String(value)}>`));
  }
}

class UpperCase implements PipeTransform {
  static seen: ArgumentMetadata[] = [];

  transform({ name }: { name: string }, metadata: ArgumentMetadata): { name: string } {
    UpperCase.seen.push(metadata);
    return { name: name.toUpperCase() };
  }
}

describe('enhancers on a handler class', () => {
  @UseGuards(Guard)
  @UseInterceptors(Wrap)
  @UsePipes(UpperCase)
  @JobHandler('greet')
  class Greet {
    static ran = 0;

    @SetMetadata('role', 'greeter')
    handle({ name }: { name: string }, job: JobContext): string {
      Greet.ran++;
      return `${name} ${job.id === JobContext.current().id}`;
    }
  }

  beforeEach(() => {
    Greet.ran = 0;
    Guard.seen = [];
  });

  it('apply: guards see the job, interceptors change the result, pipes the payload', async () => {
    const jobs = await start([Rules, Greet]);
    await expect(result(jobs, 'greet', { name: 'you' })).resolves.toBe('<YOU true>');
    expect(Guard.seen).toEqual([{ type: 'job', class: 'Greet', method: 'handle', role: 'greeter', job: 'greet' }]);
    expect(UpperCase.seen).toHaveLength(1);
  });

  it('fail the attempt when a guard refuses', async () => {
    const jobs = await start([Rules, Greet]);
    const job = await record(jobs, 'greet', { name: 'forbidden' });
    expect(job?.state).toBe('failed');
    expect(job?.error).toMatchObject({ name: 'ForbiddenException', message: 'Forbidden resource' });
    expect(Greet.ran).toBe(0);
  });

  it('stop the boot when Nest would leave them out', async () => {
    const boot = start([Rules, { provide: 'GREET', useFactory: () => new Greet() }]);
    await expect(boot).rejects.toBeInstanceOf(UsageError);
    await expect(boot).rejects.toThrow('Greet has the enhancer Guard');
  });

  it('apply to classes under another name', async () => {
    const jobs = await start([Rules, { provide: 'GREET', useClass: Greet }]);
    expect((await record(jobs, 'greet', { name: 'forbidden' }))?.state).toBe('failed');
    await expect(result(jobs, 'greet', { name: 'you' })).resolves.toBe('<YOU true>');
  });
});

describe('enhancers on a handler method', () => {
  it('apply to that method alone', async () => {
    class Methods {
      @UseInterceptors(Wrap)
      @JobHandler('wrapped')
      wrapped(): string {
        return 'a';
      }

      @JobHandler('bare')
      bare(): string {
        return 'b';
      }
    }
    const jobs = await start([Methods]);
    await expect(result(jobs, 'wrapped')).resolves.toBe('<a>');
    await expect(result(jobs, 'bare')).resolves.toBe('b');
  });
});

describe('an error of the handler', () => {
  const told: unknown[] = [];

  @Catch()
  class Swallow implements ExceptionFilter {
    async catch(error: Error, host: ArgumentsHost): Promise<string> {
      told.push([error.message, host.getType<string>(), host.getArgByIndex<JobContext>(1).type]);
      return 'all is well';
    }
  }

  @Catch(RangeError)
  class Translate implements ExceptionFilter {
    catch(): never {
      throw new Error('something else');
    }
  }

  class Failing {
    static runs = 0;

    @UseFilters(Swallow)
    @JobHandler('swallowed')
    swallowed(): never {
      throw new Error('mine');
    }

    @UseFilters(Translate)
    @JobHandler('translated')
    translated(): never {
      throw new RangeError('mine');
    }

    @UseFilters(Swallow)
    @JobHandler('snoozed')
    snoozed(_payload: unknown, job: JobContext): string {
      return Failing.runs++ === 0 ? job.snooze(1) : 'rested';
    }

    @UseInterceptors({
      intercept: (_context: ExecutionContext, next: CallHandler) =>
        next.handle().pipe(catchError(() => of('made good'))),
    })
    @JobHandler('made-good')
    madeGood(): never {
      throw new Error('mine');
    }
  }

  beforeEach(() => {
    told.length = 0;
  });

  it('is told to its filters, which cannot hide it', async () => {
    const job = await record(await start([Failing]), 'swallowed');
    expect(told).toEqual([['mine', 'job', 'swallowed']]);
    expect(job?.state).toBe('failed');
    expect(job?.error?.message).toBe('mine');
  });

  it('stays what it is when a filter fails', async () => {
    const job = await record(await start([Failing]), 'translated');
    expect(job?.error).toMatchObject({ name: 'RangeError', message: 'mine' });
    expect(errors).toContainEqual(expect.stringContaining('something else'));
  });

  it('is not what a snooze is', async () => {
    await expect(result(await start([Failing]), 'snoozed')).resolves.toBe('rested');
    expect(told).toEqual([]);
  });

  it('is made good by an interceptor that says so', async () => {
    await expect(result(await start([Failing]), 'made-good')).resolves.toBe('made good');
  });
});

describe('global enhancers', () => {
  const seen: string[] = [];

  /** What applications have: it knows requests only. */
  @Injectable()
  class UserGuard implements CanActivate {
    canActivate(context: ExecutionContext): boolean {
      seen.push(context.getType());
      return context.switchToHttp().getRequest<{ user?: unknown }>().user !== undefined;
    }
  }

  @Catch()
  class GlobalFilter implements ExceptionFilter {
    async catch(): Promise<string> {
      seen.push('filter');
      return 'answered';
    }
  }

  class Plain {
    @JobHandler('plain')
    plain(): string {
      return 'done';
    }

    @JobHandler('throws')
    throws(): never {
      throw new Error('mine');
    }

    @UseInterceptors(Wrap)
    @JobHandler('enhanced')
    enhanced(): string {
      return 'done';
    }

    @UseInterceptors(Wrap)
    @JobHandler('enhanced-throws')
    enhancedThrows(): never {
      throw new Error('mine');
    }
  }

  const globals: Provider[] = [
    { provide: APP_GUARD, useClass: UserGuard },
    { provide: APP_FILTER, useClass: GlobalFilter },
  ];

  beforeEach(() => {
    seen.length = 0;
  });

  it('leave jobs alone', async () => {
    const jobs = await start([Plain, ...globals]);
    await expect(result(jobs, 'plain')).resolves.toBe('done');
    await expect(result(jobs, 'enhanced')).resolves.toBe('<done>');
    expect((await record(jobs, 'throws'))?.error?.message).toBe('mine');
    expect((await record(jobs, 'enhanced-throws'))?.error?.message).toBe('mine');
    expect(seen).toEqual([]);
  });

  it('apply when they are asked to, and still hide no error', async () => {
    const jobs = await start([Plain, ...globals], { handlers: { globalEnhancers: true } });
    const job = await record(jobs, 'plain', {});
    expect(job?.state).toBe('failed');
    expect(job?.error?.name).toBe('ForbiddenException');
    expect(seen).toEqual(['job', 'filter']);
  });
});

describe('request-scoped and transient handlers', () => {
  let made = 0;

  @Injectable({ scope: Scope.REQUEST })
  class Unit {
    readonly number = ++made;

    constructor(@Inject(REQUEST) readonly job: JobContext) {}
  }

  @Injectable({ scope: Scope.REQUEST })
  class ScopedGuard implements CanActivate {
    constructor(private readonly unit: Unit) {}

    canActivate(context: ExecutionContext): boolean {
      return this.unit.job === context.getArgByIndex<JobContext>(1);
    }
  }

  beforeEach(() => {
    made = 0;
  });

  it('get a context an attempt, with the job as their REQUEST', async () => {
    @JobHandler('scoped')
    class Scoped {
      constructor(
        private readonly unit: Unit,
        private readonly again: Unit,
      ) {}

      handle(_payload: unknown, job: JobContext): unknown {
        return [this.unit.job === job, this.unit === this.again, this.unit.number];
      }
    }
    const jobs = await start([Unit, Scoped]);
    const results = [await result(jobs, 'scoped'), await result(jobs, 'scoped')];
    expect(results).toEqual([
      [true, true, 1],
      [true, true, 2],
    ]);
  });

  it('by a request-scoped guard too', async () => {
    @JobHandler()
    class Guarded {
      readonly number = ++made;

      @UseGuards(ScopedGuard)
      @UseInterceptors(Wrap)
      @JobHandler('guarded')
      guarded(): string {
        return 'in';
      }
    }
    const jobs = await start([Unit, Guarded]);
    await expect(result(jobs, 'guarded')).resolves.toBe('<in>');
    await expect(result(jobs, 'guarded')).resolves.toBe('<in>');
  });

  it('from a request-scoped factory, under the class it provides', async () => {
    @JobHandler('made')
    class Made {
      constructor(private readonly unit: Unit) {}

      handle(): number {
        return this.unit.number;
      }
    }
    const jobs = await start([
      Unit,
      { provide: Made, useFactory: (unit: Unit) => new Made(unit), inject: [Unit], scope: Scope.REQUEST },
    ]);
    await expect(result(jobs, 'made')).resolves.toBe(1);
    await expect(result(jobs, 'made')).resolves.toBe(2);
  });

  it('fail the attempt when they cannot be made', async () => {
    @JobHandler('unmade')
    @Injectable({ scope: Scope.REQUEST })
    class Unmade {
      constructor() {
        throw new Error('not today');
      }

      handle(): void {}
    }
    expect((await record(await start([Unmade]), 'unmade'))?.error?.message).toBe('not today');
  });
});
