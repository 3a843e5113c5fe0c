import { createReadStream } from 'node:fs';
import { join, parse } from 'node:path';
import { type Handler, type JobContext, JobHandler } from 'nestjs-jobs';
import sharp from 'sharp';
import { Folders } from '../shop/folders.js';
import { writeWhole } from '../shop/write-whole.js';
import { ThumbnailPayload } from './thumbnail.payload.js';

export interface Thumbnail {
  readonly file: string;
}

/** Makes a small version of a product's picture. */
@JobHandler('thumbnail', {
  payload: ThumbnailPayload,
  queue: 'images',
  timeout: '20s',
  // A picture that cannot be read now cannot be read later.
  retry: { attempts: 3, giveUpOn: 'ENOENT' },
})
export class MakeThumbnail implements Handler<ThumbnailPayload, Thumbnail> {
  constructor(private readonly folders: Folders) {}

  async handle({ image, width, format }: ThumbnailPayload, job: JobContext): Promise<Thumbnail> {
    const file = join(this.folders.thumbnails, `${parse(image).name}-${width}.${format}`);
    const picture = createReadStream(join(this.folders.images, image));
    await writeWhole(file, picture, { through: sharp().resize({ width }).toFormat(format), signal: job.signal });
    return { file };
  }
}
