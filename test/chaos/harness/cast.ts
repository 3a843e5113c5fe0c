import { join } from 'node:path';

import type { JobsModuleOptions } from 'nestjs-jobs';

import { type NodeProcess, startNodeProcess } from '../../servers/child-process.js';
import type { ProducerOptions } from '../fixtures/producer-options.js';
import { Journal } from './journal.js';
import { openSubmitter, type Submitter } from './submitter.js';
import { SupervisedWorker } from './supervised-worker.js';
import { launchWorker, startWorker, type StartWorkerOptions, type WorkerProcess } from './worker-process.js';

/** On a machine that has much else to do, in milliseconds. */
const STARTED_WITHIN = 120_000;

const PRODUCER = join(__dirname, '..', 'fixtures', 'producer.ts');

export type WorkerSetup = Partial<Omit<StartWorkerOptions, 'journal'>>;

/** The processes that submit and work, and the journal that they share; all of them end with it. */
export class Cast {
  readonly journal = new Journal();
  private readonly endings: (() => Promise<unknown>)[] = [];

  /** @param module how each of them reaches the store, unless it is told otherwise */
  constructor(readonly module: JobsModuleOptions) {}

  async worker({ module, ...rest }: WorkerSetup = {}): Promise<WorkerProcess> {
    return this.owned(await startWorker({ ...rest, journal: this.journal, module: { ...this.module, ...module } }));
  }

  /** A worker that is not waited for. */
  async launch({ module, ...rest }: WorkerSetup = {}): Promise<WorkerProcess> {
    return this.owned(await launchWorker({ ...rest, journal: this.journal, module: { ...this.module, ...module } }));
  }

  /** A worker that is started again whenever it ends, each time as it is set up then. */
  supervised(setup: WorkerSetup | (() => WorkerSetup) = {}): SupervisedWorker {
    const worker = new SupervisedWorker(() => this.launch(typeof setup === 'function' ? setup() : setup));
    this.atEnd(() => worker.stop());
    return worker;
  }

  /** A process that submits when it is told to, and writes down what was acknowledged. */
  async producer(module: JobsModuleOptions = {}): Promise<NodeProcess> {
    const options: ProducerOptions = {
      module: { ...this.module, ...module },
      acknowledged: this.journal.acknowledgedFile,
    };
    const producer = await startNodeProcess(PRODUCER, { args: [JSON.stringify(options)], env: { NO_COLOR: '1' } });
    this.atEnd(() => producer.kill());
    await producer.waitForLine('ready', STARTED_WITHIN);
    return producer;
  }

  async submitter(module: JobsModuleOptions = {}): Promise<Submitter> {
    const submitter = await openSubmitter({ ...this.module, ...module });
    this.atEnd(() => submitter.close());
    return submitter;
  }

  /** The last one first. */
  atEnd(end: () => Promise<unknown>): void {
    this.endings.push(end);
  }

  async close(): Promise<void> {
    for (const end of this.endings.splice(0).reverse()) await end();
    this.journal.remove();
  }

  private owned(worker: WorkerProcess): WorkerProcess {
    this.atEnd(() => worker.kill());
    return worker;
  }
}
