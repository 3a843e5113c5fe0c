import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { type JobRecord, JobService } from 'nestjs-jobs';
import { jobsTagged } from '../jobs/jobs-tagged.js';
import { storeOf } from '../jobs-options.js';
import { Folders } from '../shop/folders.js';
import { Audit } from './audit.js';
import { JobWatch } from './job-watch.js';
import { summaryTable } from './summary.js';
import { Workload } from './workload.js';

/** Submits the shop's work, watches it being done, and checks that nothing was lost. */
@Injectable()
export class DemoRun {
  constructor(
    private readonly jobs: JobService,
    private readonly workload: Workload,
    private readonly watch: JobWatch,
    private readonly audit: Audit,
    private readonly folders: Folders,
    private readonly config: ConfigService,
  ) {}

  /** Answers what is wrong with the outcome; nothing when all is well. */
  async run(): Promise<readonly string[]> {
    await this.folders.empty();
    const onRedis = storeOf(this.config) === 'redis';
    console.log(`\n  The corner shop, with its jobs ${onRedis ? 'on Redis' : 'in the embedded memory store'}\n`);

    const tag = `demo:${randomUUID()}`;
    const begun = performance.now();
    const refs = await this.workload.submit(tag);
    console.log(`  ${refs.length} jobs submitted in ${Math.round(performance.now() - begun)} ms\n`);
    const ids = await this.watch.all(refs);
    const seconds = ((performance.now() - begun) / 1_000).toFixed(1);

    const records: JobRecord[] = [];
    for await (const record of jobsTagged(this.jobs, tag)) {
      records.push(record);
    }
    console.log(`\n${summaryTable(records)}\n`);
    const dead = records.filter(({ state }) => state === 'failed');
    await this.showOutputs(dead, onRedis);

    const problems = await this.audit.problems(ids, records);
    if (problems.length === 0) {
      const done = records.length - dead.length;
      console.log(
        `  ${ids.size} jobs submitted = ${done} completed + ${dead.length} failed, in ${seconds} s; every output was checked.\n`,
      );
    }
    return problems;
  }

  private async showOutputs(dead: readonly JobRecord[], onRedis: boolean): Promise<void> {
    const { mail, thumbnails, reports, outputs } = this.folders;
    console.log(`  e-mails received   ${here(mail)}`);
    console.log(`  thumbnails         ${here(thumbnails)}`);
    console.log(`  reports            ${here(reports)}`);
    if (dead.length === 0) {
      return;
    }
    const file = join(outputs, 'dead-letters.json');
    await writeFile(file, JSON.stringify(dead, undefined, 2));
    console.log(`  dead letters       ${here(file)}\n`);
    for (const { type, queue, attempts, maxAttempts, error } of dead) {
      console.log(`  ✗ ${type} in queue '${queue}', attempt ${attempts} of ${maxAttempts}: ${error?.message ?? ''}`);
    }
    console.log("    Look at it in code:  await jobs.deadLetters('mail').list()");
    console.log(
      onRedis
        ? '    It stays in Redis:   npm start, then  curl localhost:3000/dead-letters\n'
        : '    The memory store ends with this process; its whole record is in the file above.\n',
    );
  }
}

function here(path: string): string {
  const fromHere = relative(process.env['INIT_CWD'] ?? process.cwd(), path);
  return fromHere.startsWith('..') ? path : fromHere;
}
