import { Module } from '@nestjs/common';
import { JobsModule } from 'nestjs-jobs';
import { MakeThumbnail } from './make-thumbnail.handler.js';

/** Pictures keep processors busy: a few at once, over all processes. */
@Module({
  imports: [JobsModule.forFeature({ queues: { images: { concurrency: 4 } } })],
  providers: [MakeThumbnail],
})
export class ImagesModule {}
