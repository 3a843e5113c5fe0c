import { Injectable } from '@nestjs/common';
import { JobService } from 'nestjs-jobs';
import { SendEmail } from './email.js';

@Injectable()
export class SignUp {
  constructor(private readonly jobs: JobService) {}

  async register(email: string): Promise<string> {
    const welcome = await this.jobs.submit(SendEmail, { to: email, template: 'welcome' }, { priority: 'high' });
    await this.jobs.submit(
      SendEmail,
      { to: email, template: 'how-is-it-going' },
      { delay: '3d', id: `nudge:${email}` },
    );

    const { messageId } = await welcome.result({ timeout: '10s' }); // typed; wait only where you need it
    return messageId;
  }
}
