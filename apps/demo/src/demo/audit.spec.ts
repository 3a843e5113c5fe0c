import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigService } from '@nestjs/config';
import type { JobRecord } from 'nestjs-jobs';
import sharp from 'sharp';
import { Folders } from '../shop/folders.js';
import { Audit } from './audit.js';

describe('Audit', () => {
  let outputs: string;
  let folders: Folders;

  beforeEach(async () => {
    outputs = await mkdtemp(join(tmpdir(), 'nestjs-jobs-audit-'));
    folders = new Folders(new ConfigService({ SHOP_OUTPUTS: outputs }));
    await folders.empty();
  });
  afterEach(() => rm(outputs, { recursive: true, force: true }));

  const problems = (submitted: readonly string[], ...records: readonly object[]): Promise<readonly string[]> =>
    new Audit(folders).problems(new Set(submitted), records as readonly JobRecord[]);

  const email = { id: 'a', type: 'email', state: 'completed', payload: { to: 'ada@example.com' } };

  it('is content with jobs that are all there, and did what they say', async () => {
    await writeFile(join(folders.mail, 'a.eml'), 'To: ada@example.com\r\n');
    const file = join(folders.thumbnails, 'mug-96.webp');
    await sharp(join(folders.images, 'mug.jpg')).resize(96).toFile(file);
    await writeFile(join(folders.reports, 'orders-all.csv'), 'order,product\n1001,mug\n1001,lamp\n1002,mug\n');
    const found = await problems(
      ['a', 'b', 'c', 'd'],
      email,
      { ...email, id: 'b', state: 'failed' },
      {
        id: 'c',
        type: 'thumbnail',
        state: 'completed',
        payload: { image: 'mug.jpg', width: 96, format: 'webp' },
        result: { file },
      },
      {
        id: 'd',
        type: 'export-orders',
        state: 'completed',
        result: { file: join(folders.reports, 'orders-all.csv'), rows: 2 },
      },
    );
    expect(found).toEqual([]);
  });

  it('finds a job that is missing, one too many, and one that has not ended', async () => {
    expect(
      await problems(['b', 'c'], { id: 'c', type: 'other', state: 'pending' }, { id: 'd', state: 'failed' }),
    ).toEqual(['job b was submitted and is missing', 'job d was never submitted', 'other job c is still pending']);
  });

  it('finds e-mails that were not received, by the wrong person, or from a job that failed', async () => {
    await writeFile(join(folders.mail, 'b.eml'), 'To: bruno@example.com\r\n');
    await writeFile(join(folders.mail, 'c.eml'), 'To: ada@example.com\r\n');
    const jobs = [email, { ...email, id: 'b' }, { ...email, id: 'c', state: 'failed' }];
    expect(await problems(['a', 'b', 'c'], ...jobs)).toEqual([
      'the e-mail of job a was never received',
      'the e-mail of job c was received, and the job did not complete',
      'the e-mail of job b was not received by ada@example.com',
    ]);
  });

  it('finds a thumbnail of the wrong size or none at all, and a report that is too short', async () => {
    const file = join(folders.thumbnails, 'mug-96.webp');
    await sharp(join(folders.images, 'mug.jpg')).resize(90, 68, { fit: 'fill' }).toFile(file);
    const report = join(folders.reports, 'orders-all.csv');
    await writeFile(report, 'order,product\n1001,mug\n');
    const payload = { image: 'mug.jpg', width: 96, format: 'webp' };
    const thumbnail = { type: 'thumbnail', state: 'completed', payload };
    const found = await problems(
      ['a', 'b', 'c'],
      { ...thumbnail, id: 'a', result: { file } },
      { ...thumbnail, id: 'b', result: { file: `${file}.gone` } },
      { id: 'c', type: 'export-orders', state: 'completed', result: { file: report, rows: 2 } },
    );
    expect(found).toEqual([
      `${file} is a webp of 90 × 68, not a webp of 96 × 72`,
      expect.stringContaining('the thumbnail of job b cannot be read'),
      `${report} has 1 orders, not 2`,
    ]);
  });
});
