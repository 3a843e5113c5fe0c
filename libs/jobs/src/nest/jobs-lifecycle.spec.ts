import { Global, Injectable, Module, type OnModuleInit, type Provider, type Type } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import {
  JobHandler,
  JobsEngine,
  JobService,
  JobsModule,
  type JobsModuleOptions,
  StoreUnavailableError,
} from '../index.js';
import { createMemoryStore } from '../adapters/memory/create-memory-store.js';
import { SystemClock } from '../adapters/system/system-clock.js';
import { StoreConnection } from '../application/ports/store-connection.js';
import { STORE_PORTS } from './tokens.js';
import { waitFor } from '../../../../test/servers/wait-for.js';

const logged: string[] = [];
const LOGGER = {
  log: (message: unknown) => void logged.push(`log ${String(message)}`),
  warn: (message: unknown) => void logged.push(`warn ${String(message)}`),
  error: (message: unknown) => void logged.push(`error ${String(message)}`),
};

afterEach(() => {
  logged.length = 0;
});

/** A latch that a running handler waits at. */
class Gate {
  entered = 0;
  private open: () => void = () => {};
  private readonly opened = new Promise<void>((resolve) => {
    this.open = resolve;
  });

  async pass(): Promise<void> {
    this.entered++;
    await this.opened;
  }

  release(): void {
    this.open();
  }
}

/** A pretended connection: using it after it was closed is the error that must not happen. */
class Connection {
  private closed = false;
  uses = 0;

  use(): void {
    if (this.closed) {
      throw new Error('the connection is closed');
    }
    this.uses++;
  }

  protected end(): void {
    this.closed = true;
    order.push('connection closed');
  }
}

const order: string[] = [];

@Injectable()
class ClosesOnDestroy extends Connection {
  onModuleDestroy(): void {
    this.end();
  }
}

@Injectable()
class ClosesBeforeShutdown extends Connection {
  beforeApplicationShutdown(): void {
    this.end();
  }
}

@Injectable()
class ClosesOnShutdown extends Connection {
  onApplicationShutdown(): void {
    this.end();
  }
}

const CONNECTIONS: readonly Type<Connection>[] = [ClosesOnDestroy, ClosesBeforeShutdown, ClosesOnShutdown];
const memory: JobsModuleOptions = { store: 'memory', shutdown: { deadline: '60s' } };

/** Where an application may have what its handlers use: each answers the root module's imports and providers. */
const PLACES: Readonly<
  Record<string, (database: Provider, handler: Provider) => { imports: Type[]; providers: Provider[] }>
> = {
  'the root module': (database, handler) => ({ imports: [], providers: [database, handler] }),
  'a module deep below': (database, handler) => {
    @Module({ providers: [database], exports: [database as Type] })
    class DatabaseModule {}
    @Module({ imports: [DatabaseModule], exports: [DatabaseModule] })
    class BetweenModule {}
    @Module({ imports: [BetweenModule], providers: [handler] })
    class HandlersModule {}
    return { imports: [HandlersModule], providers: [] };
  },
  'a global module': (database, handler) => {
    @Global()
    @Module({ providers: [database], exports: [database as Type] })
    class DatabaseModule {}
    return { imports: [DatabaseModule], providers: [handler] };
  },
  'a module beside': (database, handler) => {
    @Module({ providers: [database], exports: [database as Type] })
    class DatabaseModule {}
    @Module({ imports: [DatabaseModule], providers: [handler] })
    class HandlersModule {}
    return { imports: [HandlersModule, DatabaseModule], providers: [] };
  },
};

describe('what a handler injects is usable until it has ended', () => {
  const cases = Object.keys(PLACES).flatMap((place) =>
    CONNECTIONS.flatMap((connection) =>
      [true, false].map((isGlobal) => [connection.name, place, isGlobal ? 'global' : 'local', connection] as const),
    ),
  );

  it.each(cases)('%s in %s, with a %s JobsModule', async (_name, place, kind, connection) => {
    order.length = 0;
    const gate = new Gate();

    @JobHandler('use')
    class Uses {
      constructor(private readonly used: Connection) {}

      async handle(): Promise<string> {
        this.used.use();
        await gate.pass();
        this.used.use();
        order.push('handler ended');
        return 'used';
      }
    }
    const handler = { provide: Uses, useFactory: (used: Connection) => new Uses(used), inject: [connection] };
    const { imports, providers } = (PLACES[place] as (typeof PLACES)[string])(connection, handler);
    const app = await Test.createTestingModule({
      imports: [...imports, JobsModule.forRoot({ ...memory, isGlobal: kind === 'global' })],
      providers,
    })
      .setLogger(LOGGER)
      .compile();
    await app.init();
    await app.get(JobService).submit('use');
    await waitFor(() => gate.entered === 1, { what: 'the handler to run' });

    const closed = app.close();
    // Long enough for every other hook to run, were it not its turn to wait.
    for (let turn = 0; turn < 50; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(order).toEqual([]);
    gate.release();
    await closed;
    expect(order).toEqual(['handler ended', 'connection closed']);
    expect(app.get(connection, { strict: false }).uses).toBe(2);
  });
});

async function boot(
  providers: Provider[],
  change: (connection: StoreConnection) => void = () => {},
): Promise<TestingModule> {
  const ports = createMemoryStore({ clock: new SystemClock() });
  change(ports.connection);
  const module = await Test.createTestingModule({ imports: [JobsModule.forRoot(memory)], providers })
    .overrideProvider(STORE_PORTS)
    .useValue(ports)
    .setLogger(LOGGER)
    .compile();
  return module;
}

class Nothing {
  @JobHandler('nothing')
  nothing(): void {}
}

describe('the boot', () => {
  it('opens the store before any other module boots, and works after the last', async () => {
    const order: string[] = [];

    class Handles {
      @JobHandler('early')
      early(): void {
        order.push('ran');
      }
    }
    @Injectable()
    class Early {
      constructor(private readonly jobs: JobService) {}

      async onApplicationBootstrap(): Promise<void> {
        const { state } = await this.jobs.submit('early');
        order.push(state);
        await new Promise((resolve) => setImmediate(resolve));
        order.push('booted');
      }
    }
    const module = await boot([Handles, Early], (connection) => {
      const open = connection.open.bind(connection);
      connection.open = async () => {
        order.push('opened');
        await open();
      };
    });
    await module.init();
    await waitFor(() => order.includes('ran'), { what: 'the job to run' });
    expect(order).toEqual(['opened', 'pending', 'booted', 'ran']);
    await module.close();
  });

  it('stops with the error of a store that cannot be reached, and leaves nothing open', async () => {
    let closed = 0;
    const module = await boot([Nothing], (connection) => {
      connection.open = () => Promise.reject(new StoreUnavailableError('Redis at localhost:1 refused'));
      const close = connection.close.bind(connection);
      connection.close = () => {
        closed++;
        return close();
      };
    });
    await expect(module.init()).rejects.toThrow('Redis at localhost:1 refused');
    expect(closed).toBe(1);
    await module.close().catch(() => undefined);
  });

  it('takes handlers that other modules register while they boot', async () => {
    @Injectable()
    class Registers implements OnModuleInit {
      constructor(private readonly jobs: JobService) {}

      onModuleInit(): void {
        this.jobs.register('registered', () => 'here');
      }
    }
    const module = await boot([Registers]);
    await module.init();
    const job = await module.get(JobService).submit('registered');
    await expect(job.result({ timeout: '20s' })).resolves.toBe('here');
    expect(logged.filter((line) => line.startsWith('warn'))).toEqual([]);
    await module.close();
  });

  it('says once that jobs are kept in memory when nobody chose it', async () => {
    const module = await Test.createTestingModule({ imports: [JobsModule.forRoot()], providers: [Nothing] })
      .setLogger(LOGGER)
      .compile();
    await module.init();
    await module.close();
    expect(logged.filter((line) => line.includes("process's memory"))).toHaveLength(1);
  });
});

describe('the end', () => {
  it('comes after a drain that was asked for before, and only once', async () => {
    const gate = new Gate();
    class Waits {
      @JobHandler('waits')
      waits(): Promise<void> {
        return gate.pass();
      }
    }
    const module = await boot([Waits]);
    await module.init();
    const job = await module.get(JobService).submit('waits');
    await waitFor(() => gate.entered === 1, { what: 'the handler to run' });
    const drained = module.get(JobsEngine).drain();
    gate.release();
    await drained;
    await expect(job.get()).resolves.toMatchObject({ state: 'completed' });
    await module.close();
  });

  it('leaves the store open for what other modules submit while they end', async () => {
    const receipts: string[] = [];
    @Injectable()
    class Leaves {
      constructor(private readonly jobs: JobService) {}

      async onModuleDestroy(): Promise<void> {
        receipts.push((await this.jobs.submit('nothing')).receipt);
      }

      async onApplicationShutdown(): Promise<void> {
        receipts.push((await this.jobs.submit('nothing')).receipt);
      }
    }
    const module = await boot([Nothing, Leaves]);
    await module.init();
    await module.close();
    expect(receipts).toEqual(['added', 'added']);
  });

  it('reports a drain and a close that fail, and comes all the same', async () => {
    const module = await boot([Nothing], (connection) => {
      const close = connection.close.bind(connection);
      connection.close = () => close().then(() => Promise.reject(new Error('the socket is stuck')));
    });
    await module.init();
    const engine = module.get(JobsEngine);
    const drain = engine.drain.bind(engine);
    jest
      .spyOn(engine, 'drain')
      .mockImplementationOnce(() => drain().then(() => Promise.reject(new Error('no drain today'))));
    await expect(module.close()).resolves.toBeUndefined();
    expect(logged).toContainEqual(expect.stringMatching(/^error Jobs could not be drained.*no drain today/));
    expect(logged).toContainEqual(expect.stringMatching(/^error .*the socket is stuck/));
  });

  it('does not wait for handlers beyond the deadline', async () => {
    class Forever {
      static begun = false;

      @JobHandler('forever')
      forever(): Promise<void> {
        Forever.begun = true;
        return new Promise(() => {});
      }
    }
    const module = await Test.createTestingModule({
      imports: [JobsModule.forRoot({ store: 'memory', shutdown: { deadline: 200 } })],
      providers: [Forever],
    })
      .setLogger(LOGGER)
      .compile();
    await module.init();
    await module.get(JobService).submit('forever');
    await waitFor(() => Forever.begun, { what: 'the handler to run' });
    await module.close();
  });

  it('is possible before the boot, and with the module switched off', async () => {
    await (await boot([Nothing])).close();
    const off = await Test.createTestingModule({ imports: [JobsModule.forRoot({ enabled: false })] })
      .setLogger(LOGGER)
      .compile();
    await off.init();
    await off.close();
    expect(logged.filter((line) => line.startsWith('error'))).toEqual([]);
  });
});
