import { Injectable } from '@nestjs/common';
import { IsEmail, IsString } from 'class-validator';
import { type Handler, type JobContext, JobHandler } from 'nestjs-jobs';

@Injectable()
export class Mailer {
  async send(to: string, template: string, options: { signal: AbortSignal }): Promise<string> {
    options.signal.throwIfAborted();
    return `${template} for ${to}`;
  }
}

export class EmailPayload {
  @IsEmail() to!: string;
  @IsString() template!: string;
}

@JobHandler('email', { payload: EmailPayload, queue: 'emails', timeout: '30s', retry: { attempts: 5 } })
export class SendEmail implements Handler<EmailPayload, { messageId: string }> {
  constructor(private readonly mailer: Mailer) {} // any provider of yours

  async handle({ to, template }: EmailPayload, job: JobContext): Promise<{ messageId: string }> {
    job.log(`attempt ${job.attempt} for ${to}`); // kept with the job
    return { messageId: await this.mailer.send(to, template, { signal: job.signal }) }; // aborts on timeout, cancel, shutdown
  }
}
