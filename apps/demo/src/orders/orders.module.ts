import { Module } from '@nestjs/common';
import { OrderBook } from './order-book.js';
import { OrdersController } from './orders.controller.js';
import { OrdersService } from './orders.service.js';
import { RemindUnpaid } from './remind-unpaid.handler.js';

@Module({
  controllers: [OrdersController],
  providers: [OrderBook, OrdersService, RemindUnpaid],
  exports: [OrderBook, OrdersService],
})
export class OrdersModule {}
