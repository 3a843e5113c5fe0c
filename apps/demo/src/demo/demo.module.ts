import { Module } from '@nestjs/common';
import { AppModule } from '../app.module.js';
import { OrdersModule } from '../orders/orders.module.js';
import { Audit } from './audit.js';
import { DemoRun } from './demo-run.js';
import { JobWatch } from './job-watch.js';
import { Tally } from './tally.js';
import { Workload } from './workload.js';

/** The shop, and somebody who gives it a busy day and looks on. */
@Module({ imports: [AppModule, OrdersModule], providers: [Audit, DemoRun, JobWatch, Tally, Workload] })
export class DemoModule {}
