import { Injectable, Logger } from '@nestjs/common';
import { type Handler, type JobContext, type JobEventOf, JobHandler, JobService, OnJobEvent } from 'nestjs-jobs';

@Injectable()
export class Alerts {
  private readonly logger = new Logger(Alerts.name);
  readonly sent: string[] = [];

  @OnJobEvent('failed', { queue: 'orders' })
  page({ id, type, failure }: JobEventOf<'failed'>): void {
    this.sent.push(`${type} ${id} was given up: ${failure.code}`);
  }

  @OnJobEvent('completed', { type: 'order.pay' })
  thank({ id, duration }: JobEventOf<'completed'>): void {
    this.logger.log(`order ${id} was paid in ${duration} ms`);
  }
}

@JobHandler('order.pay', { queue: 'orders', retry: { attempts: 2, backoff: 'none' } })
export class PayOrder implements Handler<{ order: string; card: string }, { paid: boolean }> {
  constructor(private readonly jobs: JobService) {}

  async handle({ order, card }: { order: string; card: string }, job: JobContext): Promise<{ paid: boolean }> {
    if (card === 'expired') {
      throw new Error('the card has expired');
    }
    // The id makes it one job, however often this handler runs.
    await this.jobs.submit(ShipOrder, { order }, { id: `ship:${order}`, metadata: { after: job.id } });
    return { paid: true };
  }
}

@JobHandler('order.ship', { queue: 'orders' })
export class ShipOrder implements Handler<{ order: string }, string> {
  handle({ order }: { order: string }): string {
    return `${order} is on its way`;
  }
}
