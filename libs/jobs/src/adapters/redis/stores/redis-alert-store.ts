import { type AlertSave, AlertStore, type AlertWatch } from '../../../application/ports/alert-store.js';
import { SYSTEM } from '../stored/keys.js';
import type { ScriptCaller } from '../scripts/script-caller.js';

/** A look that finds no server is soon followed by the next: it is not sent again for long. */
const SHORT_PATIENCE = 5_000;

/** What is known of alerts, on Redis: one hash that who has the turn writes. */
export class RedisAlertStore extends AlertStore {
  constructor(private readonly caller: ScriptCaller) {
    super();
  }

  override async watch({ holder, lease }: { readonly holder: string; readonly lease: number }): Promise<AlertWatch> {
    const [turn, version, now, book] = (await this.caller.restate(
      SYSTEM,
      'watch',
      [holder, lease],
      this.patience,
    )) as readonly [string, string, string, string | null | undefined];
    return {
      mine: turn === 'mine',
      ...(typeof book === 'string' ? { book } : {}),
      version: Number(version),
      now: Number(now),
    };
  }

  override async save({ holder, version, book }: AlertSave): Promise<'saved' | 'lost'> {
    const answer = await this.caller.change(SYSTEM, 'alert', [holder, version, book], this.patience);
    return answer as 'saved' | 'lost';
  }

  private get patience(): number {
    return Math.min(SHORT_PATIENCE, this.caller.patience);
  }
}
