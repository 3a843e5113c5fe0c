import { IsString } from 'class-validator';
import { type Handler, type JobContext, JobHandler, type JobKey, JobService, UnrecoverableError } from 'nestjs-jobs';
import { SendEmail } from '../mail/send-email.handler.js';
import { formatCents, orderTotal } from './order.js';
import { OrderBook } from './order-book.js';

export class RemindUnpaidPayload {
  @IsString()
  orderId!: string;
}

export interface Reminder {
  /** The job that sends the e-mail; none when the order had been paid meanwhile. */
  readonly email?: JobKey;
}

/** Runs some time after an order, and reminds its buyer if it is still not paid. */
@JobHandler('payment-reminder', { payload: RemindUnpaidPayload, queue: 'orders', timeout: '10s' })
export class RemindUnpaid implements Handler<RemindUnpaidPayload, Reminder> {
  constructor(
    private readonly book: OrderBook,
    private readonly jobs: JobService,
  ) {}

  async handle({ orderId }: RemindUnpaidPayload, job: JobContext): Promise<Reminder> {
    const order = await this.book.find(orderId);
    if (order === undefined) {
      throw new UnrecoverableError(`There is no order ${orderId}`);
    }
    if (order.paid) {
      return {};
    }
    const values = { name: order.customer.name, order: order.id, total: formatCents(orderTotal(order)) };
    const email = await this.jobs.submit(
      SendEmail,
      { to: order.customer.email, template: 'payment-reminder', values },
      // An id of our own: should this attempt be repeated, the e-mail that was submitted is found and not sent twice.
      { id: `${job.id}-email`, tags: job.tags },
    );
    return { email: { queue: email.queue, id: email.id } };
  }
}
