import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';

/** `npm run worker`: the same shop without HTTP, another pair of hands for the server's jobs. Needs `REDIS_URL`. */
async function main(): Promise<void> {
  if (!process.env['REDIS_URL']) {
    throw new Error('A worker of its own needs REDIS_URL: the memory store is not shared between processes');
  }
  const app = await NestFactory.createApplicationContext(AppModule, { abortOnError: false });
  app.enableShutdownHooks([], { useProcessExit: true });
  new Logger('Shop').log('Working');
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
