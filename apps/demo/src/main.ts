import 'reflect-metadata';
import { Logger, ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';

/** `npm start`: the shop as an HTTP server that also works its jobs. */
async function main(): Promise<void> {
  const app = await NestFactory.create(AppModule, { abortOnError: false });
  app.useGlobalPipes(new ValidationPipe({ transform: true, whitelist: true, forbidNonWhitelisted: true }));
  // SIGTERM and SIGINT: no new jobs, running ones end, then the connections close; that is an end as it should be: 0.
  app.enableShutdownHooks([], { useProcessExit: true });
  await app.listen(process.env['PORT'] || 3000);
  new Logger('Shop').log(`Listening on ${(await app.getUrl()).replace('[::1]', 'localhost')}`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
