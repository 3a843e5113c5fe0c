import { Injectable } from '@nestjs/common';
import { WebhookSender, type WebhookNotice } from '../application/ports/webhook-sender.js';
import { signWebhook } from './webhook-signature.js';

/**
 * Posts alerts over HTTP. Any 2xx answer has taken it; redirects are not followed, since they would carry what is signed
 * to somebody else. What it throws names the host and no more of the URL, which may be a secret.
 */
@Injectable()
export class HttpWebhookSender extends WebhookSender {
  override async send({ id, url, secret, headers, body, timeout }: WebhookNotice): Promise<void> {
    const { host } = new URL(url);
    const status = await this.post(url, timeout, body, {
      ...headers,
      'content-type': 'application/json',
      'user-agent': 'nestjs-jobs',
      ...(secret === undefined ? { 'webhook-id': id } : signWebhook(id, body, secret)),
    }).catch((error: unknown) => {
      throw new Error(`${host} could not be reached: ${reasonOf(error, timeout)}`, { cause: error });
    });
    if (status < 200 || status > 299) {
      throw new Error(
        `${host} answered ${status}${status >= 300 && status < 400 ? ', and redirects are not followed' : ''}`,
      );
    }
  }

  private async post(url: string, timeout: number, body: string, headers: Record<string, string>): Promise<number> {
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeout),
    });
    // What is said beyond the status is not read: it could be endless.
    await response.body?.cancel().catch(() => undefined);
    return response.status;
  }
}

/** By what an error is called and carries, not by its class: `fetch` may come from another realm, as in tests. */
function reasonOf(error: unknown, timeout: number): string {
  const { name, cause } = (error ?? {}) as { readonly name?: unknown; readonly cause?: unknown };
  if (name === 'TimeoutError') {
    return `no answer within ${timeout} ms`;
  }
  const { code } = (cause ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' ? code : typeof name === 'string' ? name : 'for a reason unknown';
}
