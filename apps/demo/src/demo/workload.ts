import { Injectable } from '@nestjs/common';
import { type JobRef, JobService, type JobSubmission } from 'nestjs-jobs';
import { MakeThumbnail } from '../images/make-thumbnail.handler.js';
import { THUMBNAIL_FORMATS } from '../images/thumbnail.payload.js';
import { SendEmail } from '../mail/send-email.handler.js';
import { OrderBook } from '../orders/order-book.js';
import { OrdersService } from '../orders/orders.service.js';
import { ExportOrders } from '../reports/export-orders.handler.js';
import { Catalogue } from '../shop/catalogue.js';

const WIDTHS = [96, 240, 480];

/** A busy day at the shop: submits everything that its data call for. */
@Injectable()
export class Workload {
  constructor(
    private readonly jobs: JobService,
    private readonly orders: OrdersService,
    private readonly book: OrderBook,
    private readonly catalogue: Catalogue,
  ) {}

  /** Every job carries the tag. */
  async submit(tag: string): Promise<readonly JobRef[]> {
    const orders = await this.book.old();
    const months = [...new Set(orders.map(({ date }) => date.slice(0, 7)))];
    const options = { tags: [tag] };
    const [single, many] = await Promise.all([
      Promise.all(orders.map((order) => this.orders.submitJobs(order, [tag]))),
      this.submitMany([
        ...this.catalogue.customers.map(({ name, email }) => ({
          type: SendEmail,
          payload: { to: email, template: 'newsletter', values: { name } },
          options: { ...options, priority: 'low' as const },
        })),
        ...this.catalogue.products.flatMap(({ image }) =>
          WIDTHS.flatMap((width) =>
            THUMBNAIL_FORMATS.map((format) => ({ type: MakeThumbnail, payload: { image, width, format }, options })),
          ),
        ),
        ...[undefined, ...months].map((month) => ({ type: ExportOrders, payload: { month }, options })),
      ]),
    ]);
    return [...single.flat(), ...many];
  }

  private async submitMany(submissions: readonly JobSubmission[]): Promise<readonly JobRef[]> {
    return (await this.jobs.submitMany(submissions)).map((receipt) => {
      if (receipt.status === 'rejected') {
        throw receipt.error;
      }
      return receipt.job;
    });
  }
}
