/** Opens and closes whatever the stores' adapters stand on. */
export abstract class StoreConnection {
  /** For logs: `memory`, or where the server is, with secrets masked. */
  abstract readonly description: string;

  /** True while a call waits to be sent again because the store does not answer, or cannot act for now. */
  get isAway(): boolean {
    return false;
  }

  /**
   * Connects and checks that the server can hold jobs safely.
   *
   * @throws StoreUnavailableError with host and reason · UnsuitableStoreError when too old or set to evict keys
   */
  abstract open(): Promise<void>;

  /** A round trip, in milliseconds. @throws StoreUnavailableError */
  abstract ping(): Promise<number>;

  /** Closes within a second, also when the server does not answer. */
  abstract close(): Promise<void>;
}
