import { Module } from '@nestjs/common';
import { JobsModule } from 'nestjs-jobs';
import { OrdersModule } from '../orders/orders.module.js';
import { ExportOrders } from './export-orders.handler.js';

/** Reports may take long and are in no hurry: one at a time, over all processes. */
@Module({
  imports: [OrdersModule, JobsModule.forFeature({ queues: { reports: { concurrency: 1 } } })],
  providers: [ExportOrders],
})
export class ReportsModule {}
