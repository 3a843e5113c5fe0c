// Options from the environment through @nestjs/config, in both of its ways.
import 'reflect-metadata';
import { type DynamicModule, Module } from '@nestjs/common';
import { ConfigModule, ConfigService, type ConfigType } from '@nestjs/config';
import { NestFactory } from '@nestjs/core';
import { JobHandler, jobsConfig, JobService, JobsModule, type JobsModuleOptions } from 'nestjs-jobs';

class Work {
  constructor(private readonly config: ConfigService) {}

  where(): string {
    return `${this.config.get<string>('jobs.store')} ${this.config.get<string>('jobs.defaults.queue')}`;
  }
}

@JobHandler('where')
class Where {
  constructor(private readonly work: Work) {}

  handle(): string {
    return this.work.where();
  }
}

@Module({
  providers: [
    { provide: Work, useFactory: (config: ConfigService) => new Work(config), inject: [ConfigService] },
    Where,
  ],
})
class WorkModule {}

async function run(jobs: DynamicModule): Promise<string> {
  @Module({ imports: [ConfigModule.forRoot({ isGlobal: true, load: [jobsConfig] }), jobs, WorkModule] })
  class AppModule {}

  const app = await NestFactory.createApplicationContext(AppModule, { logger: false, abortOnError: false });
  try {
    const job = await app.get(JobService).submit(Where);
    return `${job.queue}: ${await job.result({ timeout: '30s' })}`;
  } finally {
    await app.close();
  }
}

async function main(): Promise<void> {
  process.env['JOBS_STORE'] = 'memory';
  process.env['JOBS_DEFAULT_QUEUE'] = 'configured';
  const provided = await run(JobsModule.forRootAsync(jobsConfig.asProvider()));
  const injected = await run(
    JobsModule.forRootAsync({
      imports: [ConfigModule.forFeature(jobsConfig)],
      inject: [jobsConfig.KEY],
      useFactory: (config: ConfigType<typeof jobsConfig>): JobsModuleOptions => ({ ...config, worker: { size: 1 } }),
    }),
  );
  console.log(JSON.stringify({ provided, injected }));
}

void main();
