// What Nest puts around a handler: request scope, guard, pipe, interceptor and filter; a global guard stays away.
import 'reflect-metadata';
import {
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  Catch,
  type ExceptionFilter,
  type ExecutionContext,
  Inject,
  Injectable,
  Module,
  type NestInterceptor,
  type PipeTransform,
  Scope,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import { APP_GUARD, NestFactory, REQUEST } from '@nestjs/core';
import { JobContext, JobHandler, JobService, JobsModule } from 'nestjs-jobs';
import { map, type Observable } from 'rxjs';

interface Letter {
  readonly to: string;
}

const told: string[] = [];

@Injectable()
class Rules {
  readonly forbidden = 'nobody';
}

@Injectable()
class Guard implements CanActivate {
  constructor(private readonly rules: Rules) {}

  canActivate(context: ExecutionContext): boolean {
    const [letter] = context.getArgs<[Letter, JobContext]>();
    told.push(`guard of ${context.getType<string>()} ${context.getClass().name}.${context.getHandler().name}`);
    return letter.to !== this.rules.forbidden;
  }
}

class UpperCase implements PipeTransform<Letter, Letter> {
  transform({ to }: Letter): Letter {
    return { to: to.toUpperCase() };
  }
}

class Wrap implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler<string>): Observable<string> {
    return next.handle().pipe(map((text) => `<${text}>`));
  }
}

@Catch()
class Tell implements ExceptionFilter {
  catch(error: Error, _host: ArgumentsHost): string {
    told.push(`filter got ${error.name}`);
    return 'made good';
  }
}

@UseGuards(Guard)
@UsePipes(UpperCase)
@UseInterceptors(Wrap)
@UseFilters(Tell)
@JobHandler('write', { retry: { attempts: 1 } })
class Write {
  handle(letter: Letter): string {
    if (letter.to === 'FAILURE') throw new RangeError('out of ink');
    return letter.to;
  }
}

@Injectable({ scope: Scope.REQUEST })
class OfAttempt {
  static made = 0;
  readonly number = ++OfAttempt.made;

  constructor(@Inject(REQUEST) readonly job: JobContext) {}
}

@Injectable({ scope: Scope.REQUEST })
@JobHandler('scoped', { retry: { attempts: 2, backoff: 'none' } })
class Scoped {
  constructor(private readonly own: OfAttempt) {}

  handle(): string {
    if (this.own.job.attempt === 1) throw new Error('once more');
    return `attempt ${this.own.job.attempt} in context ${this.own.number}`;
  }
}

class ForbidsAll implements CanActivate {
  canActivate(): boolean {
    told.push('the global guard ran');
    return false;
  }
}

@Module({
  imports: [JobsModule.forRoot({ store: 'memory' })],
  providers: [Rules, Guard, Write, OfAttempt, Scoped, { provide: APP_GUARD, useClass: ForbidsAll }],
})
class AppModule {}

async function main(): Promise<void> {
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false, abortOnError: false });
  const jobs = app.get(JobService);
  const outcome = async (type: string, payload?: unknown): Promise<unknown> => {
    const job = await jobs.submit(type, payload);
    const result: unknown = await job.result({ timeout: '30s' }).catch(() => undefined);
    return result ?? (await job.get())?.error?.name;
  };
  const written = await outcome('write', { to: 'ada' });
  const forbidden = await outcome('write', { to: 'nobody' });
  const failed = await outcome('write', { to: 'failure' });
  const scoped = await outcome('scoped');
  await app.close();
  console.log(JSON.stringify({ written, forbidden, failed, scoped, told }));
}

void main();
