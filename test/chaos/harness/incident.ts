/** A fault that has been, and when, in epoch milliseconds. */
export interface Incident {
  readonly fault: string;
  /** True where the store may have come back without its last writes. */
  readonly forgets: boolean;
  readonly from: number;
  readonly to: number;
}

/** The end of a process. */
export interface Death {
  readonly pid: number;
  /** When it was noticed, in epoch milliseconds. */
  readonly at: number;
}
