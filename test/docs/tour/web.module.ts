import { Module } from '@nestjs/common';
import { JobsModule } from 'nestjs-jobs';
import { SignUp } from './sign-up.js';

@Module({
  imports: [JobsModule.forRoot({ redis: { url: process.env.REDIS_URL }, worker: false })],
  providers: [SignUp],
})
export class WebModule {}
