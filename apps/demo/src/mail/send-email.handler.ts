import { type Handler, type JobContext, JobHandler } from 'nestjs-jobs';
import { EmailPayload } from './email.payload.js';
import { renderEmail } from './email-templates.js';
import { Mailer, rejectedForGood } from './mailer.js';

export interface EmailReceipt {
  readonly messageId: string;
  readonly response: string;
}

/** Sends one e-mail. A busy mailbox is tried again; an address that does not exist is given up at once. */
@JobHandler('email', {
  payload: EmailPayload,
  queue: 'mail',
  timeout: '30s',
  retry: { attempts: 5, backoff: 'exponential', initialDelay: '400ms', giveUpOn: rejectedForGood },
})
export class SendEmail implements Handler<EmailPayload, EmailReceipt> {
  constructor(private readonly mailer: Mailer) {}

  async handle({ to, template, values }: EmailPayload, job: JobContext): Promise<EmailReceipt> {
    // The same in every attempt: a mail server that gets a message twice can tell.
    const messageId = `<${job.id}@shop.example>`;
    const response = await this.mailer.send({ to, messageId, ...renderEmail(template, values) }, job.signal);
    job.log(`${to}: ${response}`);
    return { messageId, response };
  }
}
