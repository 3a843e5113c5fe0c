// A job with a checked payload on the store that the environment chooses, in an application context of plain Node.
import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { IsEmail, IsInt } from 'class-validator';
import { type Handler, InvalidPayloadError, JobContext, JobHandler, JobService, JobsModule } from 'nestjs-jobs';

class Invitation {
  @IsEmail()
  to!: string;

  @IsInt()
  seats!: number;
}

@Injectable()
class Greetings {
  of({ to, seats }: Invitation): string {
    return `${seats} seats for ${to}`;
  }
}

@JobHandler('invite', { payload: Invitation, retry: { attempts: 2, backoff: 'none' } })
class Invite implements Handler<Invitation, string> {
  constructor(private readonly greetings: Greetings) {}

  handle(invitation: Invitation, job: JobContext): string {
    if (job.attempt === 1) throw new Error('the first attempt always fails');
    return `${this.greetings.of(invitation)}, ${invitation instanceof Invitation}`;
  }
}

@Module({ imports: [JobsModule.forRoot()], providers: [Greetings, Invite] })
class AppModule {}

async function main(): Promise<void> {
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false, abortOnError: false });
  const jobs = app.get(JobService);
  const job = await jobs.submit(Invite, { to: 'ada@example.com', seats: 2 });
  const result: string = await job.result({ timeout: '30s' });
  const record = await job.get();
  // @ts-expect-error: the payload's type is the handler's, and this one lacks its seats
  const refusal: unknown = await jobs.submit(Invite, { to: 'nobody' }).catch((error: unknown) => error);
  await app.close();
  const refused = refusal instanceof InvalidPayloadError && refusal.issues.map(({ path }) => path);
  console.log(JSON.stringify({ result, state: record?.state, attempts: record?.attempts, refused }));
}

main().catch((error: unknown) => {
  const { name, code, message } = error as Error & { code?: string };
  console.log(JSON.stringify({ name, code, message }));
  process.exitCode = 1;
});
