import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HttpWebhookSender } from './http-webhook-sender.js';
import { signWebhook, verifyWebhook } from './webhook-signature.js';

const SECRET = 'a secret of sixteen and more';

describe('webhooks over HTTP', () => {
  let server: Server;
  let url = '';
  const received: { readonly headers: IncomingMessage['headers']; readonly body: string }[] = [];
  let answer: (response: ServerResponse, request: IncomingMessage) => void;
  const sender = new HttpWebhookSender();
  const send = (part: { readonly timeout?: number; readonly secret?: string | undefined } = {}): Promise<void> =>
    sender.send({
      id: 'notice-1',
      url: `${url}/hooks/t0ken?key=t0ken`,
      secret: SECRET,
      headers: { 'x-team': 'mail' },
      body: '{"text":"é"}',
      timeout: 5_000,
      ...part,
    });

  beforeAll(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
        answer(response, request);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(
    () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  );

  beforeEach(() => {
    received.length = 0;
    answer = (response) => response.writeHead(204).end();
  });

  it('post the body as JSON, signed so that a receiver can tell', async () => {
    await send();
    const [{ headers, body } = { headers: {}, body: '' }] = received;
    expect(body).toBe('{"text":"é"}');
    expect(headers).toMatchObject({ 'content-type': 'application/json', 'x-team': 'mail', 'webhook-id': 'notice-1' });
    expect(verifyWebhook(headers, body, SECRET)).toBe(true);
    expect(verifyWebhook(headers, `${body} `, SECRET)).toBe(false);
    expect(verifyWebhook(headers, body, `${SECRET}!`)).toBe(false);
    expect(verifyWebhook({ ...headers, 'webhook-id': 'notice-2' }, body, SECRET)).toBe(false);
    expect(verifyWebhook(headers, body, SECRET, { now: Date.now() + 301_000 })).toBe(false);
  });

  it('are sent unsigned without a secret, with their id', async () => {
    await send({ secret: undefined });
    expect(received[0]?.headers['webhook-id']).toBe('notice-1');
    expect(received[0]?.headers['webhook-signature']).toBeUndefined();
  });

  it('are signed as Standard Webhooks has it', () => {
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    const body = '{"test": 2432232314}';
    expect(signWebhook('msg_p5jXN8AQM9LWM0D4loKWxJek', body, secret, 1_614_265_330_000)).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it.each<[string, typeof answer, string]>([
    ['refuses', (response) => response.writeHead(500).end('t0ken'), 'answered 500'],
    [
      'sends them elsewhere',
      (response) => response.writeHead(307, { location: '/elsewhere' }).end(),
      'answered 307, and redirects are not followed',
    ],
    ['cuts the connection', (response) => response.destroy(), 'could not be reached: UND_ERR_SOCKET'],
    ['says nothing', () => undefined, 'could not be reached: no answer within 200 ms'],
  ])('fail when the receiver %s, without showing the URL', async (_name, behaviour, message) => {
    answer = behaviour;
    const failed: unknown = await send({ timeout: 200 }).catch((error: unknown) => error);
    expect(String(failed)).toContain(message);
    expect(String(failed)).not.toContain('t0ken');
    expect(received).toHaveLength(1);
  });

  it('do not wait for the end of an answer', async () => {
    answer = (response) => {
      response.writeHead(200);
      response.write('and so on');
    };
    await expect(send()).resolves.toBeUndefined();
  });

  it('fail when nobody is there', async () => {
    await expect(
      sender.send({ id: '1', url: 'http://127.0.0.1:1/', headers: {}, body: '{}', timeout: 5_000 }),
    ).rejects.toThrow('127.0.0.1:1 could not be reached: ');
  });
});
