import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';

/** The tour's main file, as a function: its test starts and stops it. */
export async function bootstrap(): Promise<INestApplication> {
  const app = await NestFactory.create(AppModule);
  app.enableShutdownHooks(); // SIGTERM and SIGINT: running jobs end, then the application does
  await app.listen(process.env.PORT ?? 3000);
  return app;
}
