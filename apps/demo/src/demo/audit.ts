import { readFile, readdir } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { Injectable } from '@nestjs/common';
import type { JobRecord } from 'nestjs-jobs';
import sharp from 'sharp';
import type { Thumbnail } from '../images/make-thumbnail.handler.js';
import type { ThumbnailPayload } from '../images/thumbnail.payload.js';
import type { EmailPayload } from '../mail/email.payload.js';
import type { ExportedOrders } from '../reports/export-orders.handler.js';
import { Folders } from '../shop/folders.js';

/** Compares what the jobs say with what lies on the disk. */
@Injectable()
export class Audit {
  constructor(private readonly folders: Folders) {}

  /** Everything that is not as it should be, in words; nothing when all is well. */
  async problems(submitted: ReadonlySet<string>, records: readonly JobRecord[]): Promise<readonly string[]> {
    const known = new Set(records.map(({ id }) => id));
    const completed = records.filter(({ state }) => state === 'completed');
    const open = records.filter(({ state }) => state !== 'completed' && state !== 'failed');
    const of = (type: string): readonly JobRecord[] => completed.filter((record) => record.type === type);
    return [
      ...[...submitted].filter((id) => !known.has(id)).map((id) => `job ${id} was submitted and is missing`),
      ...[...known].filter((id) => !submitted.has(id)).map((id) => `job ${id} was never submitted`),
      ...open.map(({ id, type, state }) => `${type} job ${id} is still ${state}`),
      ...(await this.mail(of('email'), submitted)),
      ...(await Promise.all(of('thumbnail').map((record) => this.thumbnail(record)))).flat(),
      ...(await Promise.all(of('export-orders').map((record) => this.report(record)))).flat(),
    ];
  }

  private async mail(records: readonly JobRecord[], submitted: ReadonlySet<string>): Promise<readonly string[]> {
    const received = new Set((await readdir(this.folders.mail)).map((file) => parse(file).name));
    const sent = new Set(records.map(({ id }) => id));
    const wrong = await Promise.all(
      records
        .filter(({ id }) => received.has(id))
        .map(async ({ id, payload }) => {
          const { to } = payload as unknown as EmailPayload;
          const message = await readFile(join(this.folders.mail, `${id}.eml`), 'utf8');
          return message.includes(`To: ${to}`) ? [] : [`the e-mail of job ${id} was not received by ${to}`];
        }),
    );
    return [
      ...[...sent].filter((id) => !received.has(id)).map((id) => `the e-mail of job ${id} was never received`),
      ...[...received]
        .filter((id) => submitted.has(id) && !sent.has(id))
        .map((id) => `the e-mail of job ${id} was received, and the job did not complete`),
      ...wrong.flat(),
    ];
  }

  private async thumbnail({ id, payload, result }: JobRecord): Promise<readonly string[]> {
    const { image, width, format } = payload as unknown as ThumbnailPayload;
    const { file } = result as unknown as Thumbnail;
    try {
      const [source, made] = await Promise.all([
        sharp(join(this.folders.images, image)).metadata(),
        sharp(file).metadata(),
      ]);
      const height = Math.round((width * source.height) / source.width);
      // libvips may shrink a JPEG while it reads it, and then rounds twice.
      const fits = made.width === width && Math.abs(made.height - height) <= 1 && made.format === format;
      return fits
        ? []
        : [`${file} is a ${made.format} of ${made.width} × ${made.height}, not a ${format} of ${width} × ${height}`];
    } catch (error) {
      return [`the thumbnail of job ${id} cannot be read: ${String(error)}`];
    }
  }

  private async report({ id, result }: JobRecord): Promise<readonly string[]> {
    const { file, rows } = result as unknown as ExportedOrders;
    try {
      const lines = (await readFile(file, 'utf8')).trim().split('\n').slice(1);
      const orders = new Set(lines.map((line) => line.split(',')[0])).size;
      return orders === rows ? [] : [`${file} has ${orders} orders, not ${rows}`];
    } catch (error) {
      return [`the report of job ${id} cannot be read: ${String(error)}`];
    }
  }
}
