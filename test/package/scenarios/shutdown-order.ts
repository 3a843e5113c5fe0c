// What a handler injects is usable until it has ended, whichever hook closes it, when the process is told to stop.
import 'reflect-metadata';
import {
  type BeforeApplicationShutdown,
  Global,
  Injectable,
  Module,
  type OnApplicationShutdown,
  type OnModuleDestroy,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { JobContext, JobHandler, JobService, JobsModule } from 'nestjs-jobs';

const order: string[] = [];

/** Tells at once: the process ends by its signal, without a last word. */
function note(event: string): void {
  order.push(event);
  console.log(JSON.stringify(order));
}

/** Stands for a connection: to use it after it was closed is the error that must not happen. */
abstract class Connection {
  private closed = false;

  use(): void {
    if (this.closed) throw new Error(`${this.constructor.name} is closed`);
  }

  protected close(): void {
    this.closed = true;
    note(`${this.constructor.name} closed`);
  }
}

@Injectable()
class Database extends Connection implements OnModuleDestroy {
  onModuleDestroy(): void {
    this.close();
  }
}

@Injectable()
class Cache extends Connection implements BeforeApplicationShutdown {
  beforeApplicationShutdown(): void {
    this.close();
  }
}

@Injectable()
class Broker extends Connection implements OnApplicationShutdown {
  onApplicationShutdown(): void {
    this.close();
  }
}

@Global()
@Module({ providers: [Database], exports: [Database] })
class DatabaseModule {}

@Module({ providers: [Cache], exports: [Cache] })
class CacheModule {}

@JobHandler('use-all')
class UsesAll {
  static begun: () => void;
  static readonly running = new Promise<void>((resolve) => (UsesAll.begun = resolve));
  static goOn: () => void;
  private static readonly told = new Promise<void>((resolve) => (UsesAll.goOn = resolve));

  constructor(
    private readonly database: Database,
    private readonly cache: Cache,
    private readonly broker: Broker,
  ) {}

  async handle(_payload: unknown, job: JobContext): Promise<void> {
    this.useAll();
    UsesAll.begun();
    await UsesAll.told;
    this.useAll();
    note(job.signal.aborted ? 'job aborted' : 'job ended');
  }

  private useAll(): void {
    for (const connection of [this.database, this.cache, this.broker]) connection.use();
  }
}

@Module({ imports: [CacheModule], providers: [Broker, UsesAll] })
class WorkModule {}

@Module({ imports: [JobsModule.forRoot({ store: 'memory' }), DatabaseModule, WorkModule] })
class AppModule {}

async function main(): Promise<void> {
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false, abortOnError: false });
  app.enableShutdownHooks();
  await app.get(JobService).submit(UsesAll);
  await UsesAll.running;
  process.kill(process.pid, 'SIGTERM');
  // Turns enough for the other modules' hooks to run, were it not their turn to wait.
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  note('told to go on');
  UsesAll.goOn();
}

void main();
