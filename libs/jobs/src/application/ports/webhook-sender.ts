/** Posts a notice to somebody outside. */
export abstract class WebhookSender {
  /** Resolves once the receiver has taken it; rejects, within a bounded time, for any other end. */
  abstract send(notice: WebhookNotice): Promise<void>;
}

export interface WebhookNotice {
  /** The same for every try: the receiver may drop what it has had. */
  readonly id: string;
  readonly url: string;
  /** Signs the notice; none is sent unsigned. */
  readonly secret?: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body: string;
  /** Milliseconds that one try may take. */
  readonly timeout: number;
}
