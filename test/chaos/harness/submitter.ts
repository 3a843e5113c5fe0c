import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { JobService, JobsModule, type JobsModuleOptions } from 'nestjs-jobs';

/** An application that only submits, in the test's own process. */
export interface Submitter {
  readonly jobs: JobService;
  close(): Promise<void>;
}

export async function openSubmitter(module: JobsModuleOptions): Promise<Submitter> {
  @Module({ imports: [JobsModule.forRoot({ ...module, worker: false })] })
  class SubmitterModule {}

  const application = await NestFactory.createApplicationContext(SubmitterModule, { logger: false });
  return { jobs: application.get(JobService), close: () => application.close() };
}
