/**
 * What all processes know of alerts, as one text, and whose turn it is to write it. A turn passes by itself, so that
 * the alerts outlive whoever looks after them.
 */
export abstract class AlertStore {
  /**
   * Takes the turn, or keeps it, if nobody else has it; and reads. With a `lease` of 0 the turn is left to the
   * next; with an empty holder it is only read.
   *
   * @throws StoreUnavailableError
   */
  abstract watch(request: { readonly holder: string; readonly lease: number }): Promise<AlertWatch>;

  /** Writes, if it still is the holder's turn and nobody has written since it read this version. */
  abstract save(request: AlertSave): Promise<'saved' | 'lost'>;
}

export interface AlertWatch {
  /** It is the holder's turn, for the milliseconds it asked for. */
  readonly mine: boolean;
  /** What was written last; absent before the first. */
  readonly book?: string;
  /** Grows with each write; 0 before the first. */
  readonly version: number;
  /** The store's clock, epoch milliseconds. */
  readonly now: number;
}

export interface AlertSave {
  readonly holder: string;
  /** The version that was read. */
  readonly version: number;
  readonly book: string;
}
