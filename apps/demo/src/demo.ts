import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { DemoModule } from './demo/demo.module.js';
import { DemoRun } from './demo/demo-run.js';

/** `npm run demo`: the shop's main job on real input. Exits with 1 when anything was lost. */
async function main(): Promise<void> {
  const app = await NestFactory.createApplicationContext(DemoModule, {
    logger: ['warn', 'error', 'fatal'],
    abortOnError: false,
  });
  app.enableShutdownHooks();
  try {
    for (const problem of await app.get(DemoRun).run()) {
      console.error(`  ✗ ${problem}`);
      process.exitCode = 1;
    }
  } finally {
    await app.close();
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  // After a boot that failed there is no application to close, and its mail server would keep the process running.
  process.exit(1);
});
