import { Module } from '@nestjs/common';
import { JobsModule } from 'nestjs-jobs';
import { Mailer, SendEmail } from './email.js';
import { SignUp } from './sign-up.js';

@Module({
  imports: [JobsModule.forRoot({ redis: { url: process.env.REDIS_URL } })], // no URL: the embedded memory store
  providers: [Mailer, SendEmail, SignUp],
})
export class AppModule {}
