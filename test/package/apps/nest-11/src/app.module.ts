import { Module } from '@nestjs/common';
import { JobsModule } from 'nestjs-jobs';
import { AppController } from './app.controller';
import { AppService } from './app.service';

@Module({
  imports: [JobsModule.forRoot()],
  controllers: [AppController],
  providers: [AppService],
})
export class AppModule {}
