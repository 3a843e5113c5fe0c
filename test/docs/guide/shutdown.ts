import type { INestApplication } from '@nestjs/common';
import { JobsEngine } from 'nestjs-jobs';

export async function stop(app: INestApplication): Promise<void> {
  await app.get(JobsEngine).drain(); // running jobs end or are given back; HTTP and everything else still work
  await app.close();
}
