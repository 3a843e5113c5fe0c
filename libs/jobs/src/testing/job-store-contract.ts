import { alerts } from './contract/alerts.js';
import { auditing } from './contract/auditing.js';
import { cancelling } from './contract/cancelling.js';
import { firing } from './contract/firing.js';
import { handingOver } from './contract/handing-over.js';
import { history } from './contract/history.js';
import { inspecting } from './contract/inspecting.js';
import { leasing } from './contract/leasing.js';
import { notifying } from './contract/notifying.js';
import { ordering } from './contract/ordering.js';
import { queueLimits } from './contract/queue-limits.js';
import { processes } from './contract/processes.js';
import { QueueUnderTest, type StoreUnderTest, type Subject } from './contract/queue-under-test.js';
import { reconfiguring } from './contract/reconfiguring.js';
import { reporting } from './contract/reporting.js';
import { retaining } from './contract/retaining.js';
import { scheduledLimits } from './contract/scheduled-limits.js';
import { scheduling } from './contract/scheduling.js';
import { stateTable } from './contract/state-table.js';
import { submitting } from './contract/submitting.js';
import { suspecting } from './contract/suspecting.js';
import { telling } from './contract/telling.js';
import { timing } from './contract/timing.js';

export type { StoreUnderTest } from './contract/queue-under-test.js';

/** A store to hold to the contract. */
export interface JobStoreContractOptions {
  /** The store's name, for the report. */
  readonly name: string;
  /** Makes an open store; it is closed when the suite ends. Every test has a queue of its own in it. */
  readonly newStore: () => Promise<StoreUnderTest>;
}

const SUBJECTS: readonly Subject[] = [
  stateTable,
  submitting,
  ordering,
  leasing,
  suspecting,
  cancelling,
  timing,
  retaining,
  queueLimits,
  scheduledLimits,
  reporting,
  inspecting,
  notifying,
  handingOver,
  processes,
  history,
  alerts,
  scheduling,
  firing,
  auditing,
  telling,
  reconfiguring,
];

/**
 * What every store promises, as jest tests: call it at the top of a spec. All stores answer it alike, so code that
 * works on one works on all.
 */
export function jobStoreContract({ name, newStore }: JobStoreContractOptions): void {
  describe(`${name} keeps the contract of stores`, () => {
    let store: StoreUnderTest;

    beforeAll(async () => {
      store = await newStore();
    });

    afterAll(() => store.close());

    for (const subject of SUBJECTS) {
      subject(() => new QueueUnderTest(store));
    }
  });
}
