import { type AlertSave, AlertStore, type AlertWatch } from '../../application/ports/alert-store.js';
import type { Clock } from '../../application/ports/clock.js';

/** What is known of alerts, in this process's memory. */
export class MemoryAlertStore extends AlertStore {
  private holder = '';
  private until = 0;
  private version = 0;
  private book: string | undefined;

  constructor(private readonly clock: Clock) {
    super();
  }

  override async watch({ holder, lease }: { readonly holder: string; readonly lease: number }): Promise<AlertWatch> {
    const now = this.clock.now();
    if (this.holder === holder || this.until <= now) {
      this.holder = lease === 0 ? '' : holder;
      this.until = now + lease;
    }
    const { book, version } = this;
    return { mine: this.holder === holder && lease > 0, ...(book === undefined ? {} : { book }), version, now };
  }

  override async save({ holder, version, book }: AlertSave): Promise<'saved' | 'lost'> {
    if (this.holder !== holder || this.until <= this.clock.now() || this.version !== version) {
      return 'lost';
    }
    this.version++;
    this.book = book;
    return 'saved';
  }
}
