import { Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { JobsModule } from 'nestjs-jobs';
import { JobsAlertsModule } from 'nestjs-jobs/alerts';
import { JobsHealthModule } from 'nestjs-jobs/health';
import { JobsHistoryModule } from 'nestjs-jobs/history';
import { JobsMetricsModule } from 'nestjs-jobs/metrics';
import { AppController } from './app.controller.js';
import { ImagesModule } from './images/images.module.js';
import { JobsController } from './jobs/jobs.controller.js';
import { jobsOptions } from './jobs-options.js';
import { managementApi } from './management-api.js';
import { MailModule } from './mail/mail.module.js';
import { OrdersModule } from './orders/orders.module.js';
import { ReportsModule } from './reports/reports.module.js';
import { ShopModule } from './shop/shop.module.js';

/** The shop: the same for the server, for a worker and for the demo. */
@Module({
  imports: [
    ConfigModule.forRoot({ isGlobal: true }),
    JobsModule.forRootAsync({ inject: [ConfigService], useFactory: jobsOptions }),
    JobsHealthModule.forRoot(),
    JobsHistoryModule,
    JobsAlertsModule.forRoot(),
    JobsMetricsModule.forRoot({ path: '/metrics' }),
    ...managementApi(),
    ShopModule,
    MailModule,
    ImagesModule,
    OrdersModule,
    ReportsModule,
  ],
  controllers: [AppController, JobsController],
})
export class AppModule {}
