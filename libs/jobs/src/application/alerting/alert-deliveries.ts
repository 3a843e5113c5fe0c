import { toError } from '../../domain/failure.js';
import type { Log } from '../ports/log.js';
import type { WebhookSender } from '../ports/webhook-sender.js';
import type { AlertDelivery } from './alert-book.js';

/** Where alerts are posted. */
export interface Webhook {
  /** Names it in logs, where its URL is not shown; unique. */
  readonly name: string;
  readonly url: string;
  /** Signs what is posted. */
  readonly secret?: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds that one try may take. */
  readonly timeout: number;
}

/** Tries of one delivery; with the pauses between them they take about half an hour. */
export const MOST_TRIES = 12;

const FIRST_PAUSE = 2_000;
const LONGEST_PAUSE = 300_000;

/** Deliveries that are under way at a time. */
const AT_ONCE = 10;

/** Takes alerts to webhooks: at least once, again after a pause that grows, and not for ever. */
export class AlertDeliveries {
  constructor(
    private readonly webhooks: readonly Webhook[],
    private readonly sender: WebhookSender,
    private readonly log: Log,
  ) {}

  /**
   * Tries what is due, and answers what is left to be tried. Never rejects.
   *
   * @param now the store's time
   */
  async send(outbox: readonly AlertDelivery[], now: () => number): Promise<readonly AlertDelivery[]> {
    const tried = inFront(outbox)
      .filter(({ next }) => next <= now())
      .slice(0, AT_ONCE);
    const left = new Map(await Promise.all(tried.map(async (each) => [each, await this.attempt(each, now)] as const)));
    return outbox.flatMap((each) => {
      const after = left.has(each) ? left.get(each) : each;
      return after === undefined ? [] : [after];
    });
  }

  /** Answers the delivery as it is to be tried again; nothing once it was taken, or is given up. */
  private async attempt(delivery: AlertDelivery, now: () => number): Promise<AlertDelivery | undefined> {
    const { webhook: name, event } = delivery;
    const fields = { webhook: name, alert: event.rule, delivery: event.id };
    try {
      const webhook = this.webhooks.find((each) => each.name === name);
      if (webhook === undefined) {
        throw new Error('this process has no webhook of that name');
      }
      const { url, secret, headers, timeout } = webhook;
      await this.sender.send({ id: event.id, url, secret, headers, timeout, body: JSON.stringify(event) });
      return undefined;
    } catch (error) {
      const tries = delivery.tries + 1;
      const { message } = toError(error);
      if (tries >= MOST_TRIES) {
        this.log.error(`An alert is given up after ${tries} tries: ${message}`, undefined, fields);
        return undefined;
      }
      this.log.warn(`An alert could not be delivered and is tried again: ${message}`, { ...fields, tries });
      return { ...delivery, tries, next: now() + Math.min(FIRST_PAUSE * 2 ** (tries - 1), LONGEST_PAUSE) };
    }
  }
}

/** What may be tried: a recovery does not overtake its firing. */
function inFront(outbox: readonly AlertDelivery[]): readonly AlertDelivery[] {
  return outbox.filter(
    ({ webhook, event }, index) =>
      !outbox.slice(0, index).some((each) => each.webhook === webhook && each.event.alert === event.alert),
  );
}

/** When something is to be tried again, by the store's clock; `Infinity` when nothing is. */
export function nextTry(outbox: readonly AlertDelivery[]): number {
  return Math.min(...inFront(outbox).map(({ next }) => next));
}
