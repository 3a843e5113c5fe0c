import type { NodeExit } from '../../servers/child-process.js';
import type { Death } from './incident.js';
import type { WorkerProcess } from './worker-process.js';

/** A worker that is started again whenever it ends, as whatever supervises processes does. */
export class SupervisedWorker {
  /** Every life that has ended. */
  readonly deaths: (Death & NodeExit)[] = [];
  private current: WorkerProcess | undefined;
  private stopping = false;
  private readonly life: Promise<void>;

  constructor(private readonly start: () => Promise<WorkerProcess>) {
    this.life = this.live();
  }

  get pid(): number | undefined {
    return this.current?.pid;
  }

  async signal(signal: NodeJS.Signals): Promise<void> {
    await this.current?.kill(signal);
  }

  /** For good. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.signal('SIGKILL');
    await this.life;
  }

  private async live(): Promise<void> {
    while (!this.stopping) {
      this.current = await this.start();
      // It was told to stop while it was being started.
      if (this.stopping) await this.current.kill();
      const { pid, exited } = this.current;
      this.deaths.push({ pid, ...(await exited), at: Date.now() });
    }
  }
}
