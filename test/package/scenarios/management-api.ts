// `nestjs-jobs/api` over HTTP: without a token, with one, and the document that it serves.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { JobHandler, JobsModule } from 'nestjs-jobs';
import { JobsApiModule } from 'nestjs-jobs/api';

const TOKEN = 'a-token-of-enough-characters';

@JobHandler('double')
class Double {
  handle({ number }: { number: number }): number {
    return 2 * number;
  }
}

@Module({
  imports: [
    JobsModule.forRoot({ store: 'memory' }),
    JobsApiModule.forRoot({ tokens: [{ name: 'olga', role: 'operate', token: TOKEN }], rateLimit: { denials: 1 } }),
  ],
  providers: [Double],
})
class AppModule {}

interface Answer {
  readonly state?: string;
  readonly result?: unknown;
  readonly queue?: string;
  readonly id?: string;
  readonly code?: string;
  readonly openapi?: string;
  readonly paths?: object;
  readonly fields?: readonly { readonly field: string }[];
}

async function main(): Promise<void> {
  const app = await NestFactory.create(AppModule, { logger: false, abortOnError: false });
  await app.listen(0, '127.0.0.1');
  const url = `${await app.getUrl()}/jobs-api`;
  const authorization = `Bearer ${TOKEN}`;
  const get = async (path: string, headers: Record<string, string> = { authorization }) => {
    const response = await fetch(url + path, { headers });
    return { status: response.status, body: (await response.json()) as Answer };
  };
  const post = async (path: string, body: object) => {
    const headers = { authorization, 'content-type': 'application/json' };
    const response = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
    return { status: response.status, body: (await response.json()) as Answer };
  };

  const denied = await get('/queues', {});
  const throttled = await get('/queues', {});
  const added = await post('/jobs', { type: 'double', payload: { number: 21 } });
  const refused = await post('/jobs', { type: 'double', options: { priority: 'none' } });
  let job = await get(`/jobs/${added.body.queue}/${added.body.id}`);
  for (const end = Date.now() + 30_000; job.body.state !== 'completed' && Date.now() < end;) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    job = await get(`/jobs/${added.body.queue}/${added.body.id}`);
  }
  const document = await get('/openapi.json');
  await app.close();
  console.log(
    JSON.stringify({
      denied: [denied.status, denied.body.code],
      throttled: throttled.status,
      added: added.status,
      refused: [refused.status, refused.body.fields?.map(({ field }) => field)],
      job: [job.status, job.body.state, job.body.result],
      document: [document.status, document.body.openapi, Object.keys(document.body.paths ?? {}).length > 20],
    }),
  );
}

main().catch((error: unknown) => {
  console.log(JSON.stringify({ failed: String(error) }));
  process.exitCode = 1;
});
