import { createHmac, timingSafeEqual } from 'node:crypto';

/** The headers of a signed webhook, as [Standard Webhooks](https://www.standardwebhooks.com) has them. */
export interface WebhookHeaders {
  /** The same for every try of one delivery. */
  readonly 'webhook-id': string;
  /** When this try was sent, in seconds since 1970. */
  readonly 'webhook-timestamp': string;
  /** `v1,` and the HMAC-SHA256 of `<id>.<timestamp>.<body>` in base64; several are parted by spaces. */
  readonly 'webhook-signature': string;
}

/** Bytes that a secret is written in, when it is not text. */
const ENCODED = 'whsec_';

/** Seconds by which a receiver's clock may differ, unless told. */
const TOLERANCE = 300;

/** Signs a body as it is sent now. */
export function signWebhook(id: string, body: string, secret: string, now: number = Date.now()): WebhookHeaders {
  const timestamp = String(Math.floor(now / 1_000));
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signatureOf(id, timestamp, body, secret).toString('base64')}`,
  };
}

/**
 * True when the body was sent by who knows the secret, and not long ago. Takes the headers as Node has them, in lower
 * case, and the body as it came, before it is parsed.
 *
 * @param tolerance seconds by which the clocks may differ; 300 unless told
 */
export function verifyWebhook(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  body: string,
  secret: string,
  { tolerance = TOLERANCE, now = Date.now() }: { readonly tolerance?: number; readonly now?: number } = {},
): boolean {
  const [id, timestamp, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => {
    const value = headers[name];
    return typeof value === 'string' ? value : '';
  }) as [string, string, string];
  if (!/^\d{1,12}$/.test(timestamp) || Math.abs(now / 1_000 - Number(timestamp)) > tolerance) {
    return false;
  }
  const expected = signatureOf(id, timestamp, body, secret);
  return signatures.split(' ').some((signature) => {
    const [version, given = ''] = signature.split(',');
    const bytes = Buffer.from(given, 'base64');
    return version === 'v1' && bytes.length === expected.length && timingSafeEqual(bytes, expected);
  });
}

function signatureOf(id: string, timestamp: string, body: string, secret: string): Buffer {
  const key = secret.startsWith(ENCODED) ? Buffer.from(secret.slice(ENCODED.length), 'base64') : Buffer.from(secret);
  return createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest();
}
