import { Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { jobsConfig, JobsModule } from 'nestjs-jobs';

@Module({
  imports: [ConfigModule.forRoot(), JobsModule.forRootAsync(jobsConfig.asProvider())],
})
export class FromEnvironment {}

@Module({
  imports: [
    JobsModule.forRootAsync({
      imports: [ConfigModule.forRoot()],
      inject: [ConfigService],
      useFactory: (config: ConfigService) => ({ redis: { url: config.get<string>('SHOP_REDIS') } }),
    }),
  ],
})
export class FromYourOwn {}
