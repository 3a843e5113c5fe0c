import { randomUUID } from 'node:crypto';
import { BadRequestException, Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { type Duration, type JobRef, JobService } from 'nestjs-jobs';
import { SendEmail } from '../mail/send-email.handler.js';
import { Catalogue } from '../shop/catalogue.js';
import { formatCents, type Order, orderTotal } from './order.js';
import { OrderBook } from './order-book.js';
import type { PlaceOrderDto } from './place-order.dto.js';
import { RemindUnpaid } from './remind-unpaid.handler.js';

/** Takes orders, and leaves what they set off to background jobs. */
@Injectable()
export class OrdersService {
  private readonly reminderDelay: Duration;

  constructor(
    private readonly jobs: JobService,
    private readonly book: OrderBook,
    private readonly catalogue: Catalogue,
    config: ConfigService,
  ) {
    // Days, in another shop; here one wants to see it.
    this.reminderDelay = config.get<Duration>('REMINDER_DELAY') ?? '2s';
  }

  /** Keeps a new order and submits its jobs. @throws BadRequestException for a product the shop does not have */
  async place({ customer, items, paid = false }: PlaceOrderDto): Promise<{ order: Order; jobs: readonly JobRef[] }> {
    const lines = items.map(({ product, quantity }) => {
      const found = this.catalogue.product(product);
      if (found === undefined) {
        const known = this.catalogue.products.map(({ id }) => id).join(', ');
        throw new BadRequestException(`There is no product '${product}'; there are ${known}`);
      }
      return { product, quantity, priceCents: found.priceCents };
    });
    const order: Order = {
      id: randomUUID().slice(0, 8),
      date: new Date().toISOString().slice(0, 10),
      customer: { name: customer.name, email: customer.email },
      lines,
      paid,
    };
    await this.book.add(order);
    return { order, jobs: await this.submitJobs(order) };
  }

  /** Submits what an order sets off: its confirmation now, and a reminder later if it is not paid. */
  async submitJobs(order: Order, tags: readonly string[] = []): Promise<readonly JobRef[]> {
    const options = { tags: [`order:${order.id}`, ...tags] };
    const { customer, lines } = order;
    const confirmation = await this.jobs.submit(
      SendEmail,
      {
        to: customer.email,
        template: 'order-confirmation',
        values: {
          name: customer.name,
          order: order.id,
          items: lines.map(({ product, quantity }) => `${quantity} × ${this.nameOf(product)}`).join('\n'),
          total: formatCents(orderTotal(order)),
        },
      },
      { ...options, priority: 'high' },
    );
    if (order.paid) {
      return [confirmation];
    }
    const delay = this.reminderDelay;
    return [confirmation, await this.jobs.submit(RemindUnpaid, { orderId: order.id }, { ...options, delay })];
  }

  private nameOf(product: string): string {
    return this.catalogue.product(product)?.name ?? product;
  }
}
