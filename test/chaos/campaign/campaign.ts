import { setTimeout as pause } from 'node:timers/promises';

import type { NodeProcess } from '../../servers/child-process.js';
import { waitFor } from '../../servers/wait-for.js';
import { LINE, QUEUE } from '../fixtures/worker-options.js';
import { Cast } from '../harness/cast.js';
import type { Incident } from '../harness/incident.js';
import type { Seeded } from '../harness/seeded.js';
import type { Submitter } from '../harness/submitter.js';
import { auditQueue, type StoreAudit } from '../harness/store-audit.js';
import { judge, type Verdict } from '../harness/verdict.js';
import type { Fault } from './fault.js';
import { type CampaignWorker, processFaults, type SpecialJobs } from './process-faults.js';
import type { Topology } from './topology.js';

/** How long and how hard one set-up is tried. */
export interface Effort {
  readonly rounds: number;
  /** Jobs a round, apart from those of the line. */
  readonly jobs: number;
  /** Default: 3. */
  readonly workers?: number;
  /** Default: 2. */
  readonly producers?: number;
  /** Faults that last longer are left out, in milliseconds. Default: none is. */
  readonly longestFault?: number;
  /** Asked before each round but the first: whether there is time for it. Default: always. */
  readonly goesOn?: () => boolean;
}

/** What came of a set-up. */
export interface CampaignResult extends Verdict {
  readonly setup: string;
  /** For how long before it fails an acknowledged write may be lost there, in milliseconds; absent where none may. */
  readonly bound?: number;
  readonly faults: number;
  readonly byFault: Readonly<Record<string, number>>;
  /** The longest time from the end of a fault to the next job that completed, in milliseconds, and after which fault. */
  readonly longestRecovery: { readonly after: string; readonly milliseconds: number };
  /** Jobs that were to end in the dead-letter list and did. */
  readonly deadLettered: number;
  /** What is wrong in the store in the end: stuck jobs, leftover keys, poison that was not dead-lettered. */
  readonly problems: readonly string[];
}

const LEASE = 2_000;
const BATCH = 50;
/** With each batch. */
const STEPS = 2;
/** Runs of each type's job that its retries allow. */
const ATTEMPTS = { flaky: 2 } as const;
const FINAL: readonly string[] = ['completed', 'failed', 'cancelled'];
/** Bytes of the journal; a job's lines are some 350. */
const LATEST_STRIKE = 40_000;
const HARD_LIMIT = 120_000;
const QUIET = 500;
/** Of rounds, this share has two or three faults at once. */
const MIXED = 0.3;

/** Plays seeded faults against real processes that submit and work on one set-up, and judges what came of the jobs. */
export class Campaign {
  private readonly cast: Cast;
  private readonly workers: readonly CampaignWorker[];
  private readonly special: SpecialJobs = { poison: [], acknowledged: [] };
  private readonly incidents: Incident[] = [];
  private readonly played = new Map<string, number>();
  private recovery = { after: 'none', milliseconds: 0 };
  private deck: Fault[] = [];
  private submitter: Submitter | undefined;

  constructor(
    private readonly topology: Topology,
    private readonly effort: Effort,
    private readonly seeded: Seeded,
    private readonly say: (line: string) => void,
  ) {
    this.cast = new Cast(topology.workers);
    this.workers = Array.from({ length: effort.workers ?? 3 }, () => this.worker());
  }

  async play(): Promise<CampaignResult> {
    try {
      const producers = await Promise.all(Array.from({ length: this.effort.producers ?? 2 }, () => this.producer()));
      const { jobs } = (this.submitter = await this.cast.submitter({
        ...this.topology.producers,
        defaults: { maxCrashes: 100 },
      }));
      const catalogue = [
        ...this.topology.faults,
        ...processFaults(this.workers, () => jobs, this.special, LEASE, this.seeded),
      ].filter(({ lasts: [, most] = [0, 0] }) => most <= (this.effort.longestFault ?? Infinity));
      const { rounds, goesOn = () => true } = this.effort;
      for (let round = 1; round <= rounds && (round === 1 || goesOn()); round += 1) {
        await this.round(round, catalogue, producers);
      }
      const audit = await this.settled();
      return await this.result(audit);
    } finally {
      await this.cast.close();
    }
  }

  private worker(): CampaignWorker {
    const own = { clockError: 0 };
    const process = this.cast.supervised(() => ({
      module: { ...this.topology.workers, lease: `${LEASE}ms`, heartbeat: '400ms' },
      shutdownHooks: true,
      clockError: own.clockError,
      memory: 160,
      line: true,
    }));
    return Object.assign(own, { process });
  }

  private producer(): Promise<NodeProcess> {
    return this.cast.producer({ ...this.topology.producers, defaults: { maxCrashes: 100 } });
  }

  private async round(round: number, catalogue: readonly Fault[], producers: readonly NodeProcess[]): Promise<void> {
    const faults = this.drawn(catalogue);
    const batches = Math.max(1, Math.round(this.effort.jobs / producers.length / BATCH));
    const retain = this.seeded.between(0, 1) === 0 ? { retain: 0 } : {};
    for (const producer of producers) producer.send({ batches, size: BATCH, steps: STEPS, persists: true, ...retain });
    const { journal } = this.cast;
    const strikeAt = journal.size + this.seeded.between(0, LATEST_STRIKE);
    await waitFor(() => journal.size >= strikeAt, { timeout: 3_000, what: 'work' }).catch(() => undefined);

    const from = Date.now();
    await Promise.all(faults.map((fault) => safely(fault.name, fault.strike())));
    await pause(Math.max(...faults.map(({ lasts: [least, most] = [0, 0] }) => this.seeded.between(least, most))));
    for (const fault of [...faults].reverse()) await safely(fault.name, fault.heal?.());
    const to = Date.now();
    this.incidents.push(...faults.map(({ name, forgets = false }) => ({ fault: name, forgets, from, to })));
    const said = faults.map(({ name }) => name).join(' + ');
    const recovered = await this.recovered(said, to, journal.size);
    for (const producer of producers) await producer.waitForLine(/^(acknowledged|refused)/, HARD_LIMIT);
    this.say(
      `${this.topology.name}: round ${round} of ${this.effort.rounds}: ${said}: work went on after ${recovered} ms`,
    );
  }

  /** Every fault comes before any comes again; now and then two or three at once. */
  private drawn(catalogue: readonly Fault[]): readonly Fault[] {
    const count = this.seeded.next() < MIXED ? this.seeded.between(2, 3) : 1;
    const faults: Fault[] = [];
    while (faults.length < count) {
      if (this.deck.length === 0) {
        this.deck = this.seeded
          .shuffled(catalogue)
          .filter(({ name, most = Infinity }) => (this.played.get(name) ?? 0) < most);
      }
      const fault = this.deck.pop();
      if (fault === undefined || faults.some(({ name }) => name === fault.name)) break;
      if (fault.ofServer === true && faults.some(({ ofServer }) => ofServer === true)) {
        this.deck.unshift(fault);
        break;
      }
      faults.push(fault);
      this.played.set(fault.name, (this.played.get(fault.name) ?? 0) + 1);
    }
    return faults;
  }

  /** In how many milliseconds a job completed after the fault was over; a job is submitted for it where none is left. */
  private async recovered(after: string, since: number, offset: number): Promise<number> {
    const { journal } = this.cast;
    void this.probe();
    const found = await waitFor(
      // Those of the line may lie on a server to which nothing has happened.
      () => journal.since(offset).find(({ type, detail }) => type !== 'step' && detail === 'completed'),
      { timeout: HARD_LIMIT, what: `a job to complete after: ${after}` },
    );
    const milliseconds = Math.max(0, found.at - since);
    if (milliseconds > this.recovery.milliseconds) this.recovery = { after, milliseconds };
    return milliseconds;
  }

  private async obituary(id: string): Promise<string> {
    const job = await this.submitter?.jobs.get({ queue: QUEUE, id });
    return `${job?.type} job ${id} failed, and should not have: ${JSON.stringify(job?.error)}`;
  }

  /** What was submitted before may all be done already. */
  private async probe(): Promise<void> {
    await this.submitter?.jobs.submit('note', {}, { queue: QUEUE, maxCrashes: 100 }).catch(() => this.probe());
  }

  private async audit(queue: string): Promise<StoreAudit> {
    return auditQueue(await this.topology.queueServer(queue), queue);
  }

  /** What is there when all jobs are in a final state and the keys agree; or when nothing has happened for long, and they are not. */
  private async settled(): Promise<Settled> {
    const { journal } = this.cast;
    for (let size = -1, lastHappened = performance.now(); ; await pause(QUIET)) {
      if (journal.size !== size) {
        // To read all keys while jobs run would only keep them from it.
        size = journal.size;
        lastHappened = performance.now();
        continue;
      }
      const isLate = performance.now() - lastHappened > HARD_LIMIT;
      const queues = await Promise.all([QUEUE, LINE].map((queue) => this.audit(queue))).catch((error: unknown) => {
        if (isLate) throw error;
      });
      if (queues === undefined) continue;
      const jobs = queues.flatMap((each) => each.jobs);
      const problems = queues.flatMap((each) => each.problems);
      const isSettled = problems.length === 0 && jobs.every(({ state }) => FINAL.includes(state));
      if (isSettled || isLate) return { jobs, problems };
    }
  }

  private async result({ jobs, problems }: Settled): Promise<CampaignResult> {
    const { bound, name } = this.topology;
    const deaths = this.workers
      .flatMap(({ process }) => process.deaths)
      .filter(({ code, signal }) => signal !== null || code !== 0);
    const poison = new Set(this.special.poison);
    const dead = jobs.filter(({ id, state }) => poison.has(id) && state === 'failed');
    const stuck = jobs.filter(({ state }) => !FINAL.includes(state));
    const failed = jobs.filter(({ id, state }) => state === 'failed' && !poison.has(id));
    // Where the store forgets, it may have forgotten a poison that it had acknowledged.
    const found = new Set(dead.map(({ id }) => id));
    const missing = bound === undefined ? this.special.acknowledged.filter((id) => !found.has(id)).length : 0;
    return {
      setup: name,
      ...(bound === undefined ? {} : { bound }),
      faults: this.incidents.length,
      byFault: Object.fromEntries([...this.played].sort(([a], [b]) => a.localeCompare(b))),
      ...judge({
        journal: this.cast.journal,
        deaths,
        incidents: this.incidents,
        attempts: ATTEMPTS,
        stored: jobs,
        ...(bound === undefined ? {} : { bound }),
      }),
      longestRecovery: this.recovery,
      deadLettered: dead.length,
      problems: [
        ...problems,
        ...stuck.map(({ id, state }) => `job ${id} is still ${state}`),
        ...(await Promise.all(failed.map(({ id }) => this.obituary(id)))),
        ...(missing === 0 ? [] : [`${missing} poisonous jobs are not in the dead-letter list`]),
      ],
    };
  }
}

/** What is in the store in the end. */
type Settled = Pick<StoreAudit, 'jobs' | 'problems'>;

/** A fault that cannot be carried out is a failure of the harness, and is told by its name. */
async function safely(name: string, done: unknown): Promise<void> {
  try {
    await done;
  } catch (cause) {
    throw new Error(`could not play '${name}'`, { cause });
  }
}
