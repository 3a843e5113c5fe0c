import { Body, Controller, Get, HttpCode, NotFoundException, Param, Post } from '@nestjs/common';
import { JobService } from 'nestjs-jobs';
import { jobsTagged } from '../jobs/jobs-tagged.js';
import type { Order } from './order.js';
import { OrderBook } from './order-book.js';
import { OrdersService } from './orders.service.js';
import { PlaceOrderDto } from './place-order.dto.js';

/** A job as an order shows it. */
export interface OrderJob {
  readonly id: string;
  readonly type: string;
  readonly state: string;
  readonly url: string;
}

@Controller('orders')
export class OrdersController {
  constructor(
    private readonly orders: OrdersService,
    private readonly book: OrderBook,
    private readonly jobs: JobService,
  ) {}

  /** Answers as soon as the order is kept and its jobs are in the store: 202, what follows happens in the background. */
  @Post()
  @HttpCode(202)
  async place(@Body() body: PlaceOrderDto): Promise<{ order: Order; jobs: readonly OrderJob[] }> {
    const { order, jobs } = await this.orders.place(body);
    return { order, jobs: jobs.map(describe) };
  }

  @Get(':id')
  async find(@Param('id') id: string): Promise<{ order: Order; jobs: readonly OrderJob[] }> {
    const order = await this.book.find(id);
    if (order === undefined) {
      throw new NotFoundException(`There is no order '${id}'`);
    }
    const jobs: OrderJob[] = [];
    for await (const job of jobsTagged(this.jobs, `order:${id}`)) {
      jobs.push(describe(job));
    }
    return { order, jobs };
  }
}

function describe({ id, type, state }: { id: string; type: string; state: string }): OrderJob {
  return { id, type, state, url: `/jobs/${id}` };
}
