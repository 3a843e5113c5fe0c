/** `closed`: attempts run · `open`: jobs are put off · `half-open`: one attempt tries, the other jobs are put off. */
export type CircuitState = 'closed' | 'open' | 'half-open';

/** What is to be known of a circuit, as plain data. */
export interface CircuitView {
  /** The job type that it stands before. */
  readonly type: string;
  readonly state: CircuitState;
  /** Since when attempts are held back; absent for a closed one. */
  readonly openedAt?: Date;
  /** When the next attempt may try; absent unless it is open. */
  readonly halfOpenAt?: Date;
  /** How often a job was put off since it opened. */
  readonly putOff: number;
  /** The failure that opened it, or the latest try's. */
  readonly code?: string;
  /** Its class name and message. */
  readonly error?: string;
}
