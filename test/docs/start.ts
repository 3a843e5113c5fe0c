import type { ModuleMetadata, Provider } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { JobsModule, type JobsModuleOptions } from 'nestjs-jobs';

const SILENT = { log: () => {}, warn: () => {}, error: () => {} };
const started: TestingModule[] = [];

/** Boots an application with these providers and modules; {@link closeAll} ends it. */
export async function boot(metadata: ModuleMetadata): Promise<TestingModule> {
  const module = await Test.createTestingModule(metadata).setLogger(SILENT).compile();
  started.push(module);
  await module.init();
  return module;
}

/** The same on the memory store. */
export function start(providers: Provider[], options: JobsModuleOptions = {}): Promise<TestingModule> {
  return boot({ imports: [JobsModule.forRoot({ store: 'memory', ...options })], providers });
}

/** Ends every application that was booted. */
export async function closeAll(): Promise<void> {
  await Promise.all(started.splice(0).map((module) => module.close()));
}
