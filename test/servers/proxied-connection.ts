import { connect, type Socket } from 'node:net';

import { readFrame, readValue } from './resp.js';
import type { OrderedCut, ProxiedRequest } from './tcp-cut.js';
import { TcpLane, type LaneWeather } from './tcp-lane.js';

export interface ConnectionSetting {
  readonly target: { readonly host: string; readonly port: number };
  readonly cuts: () => readonly OrderedCut[];
  readonly requestWeather: () => LaneWeather;
  readonly replyWeather: () => LaneWeather;
}

const SUBSCRIPTION = /^[PS]?(UN)?SUBSCRIBE$/;
const RESP2_MESSAGE = /^\*\d+\r\n\$\d+\r\n[ps]?(?:message|subscribe|unsubscribe)\r\n/;

/**
 * One client's connection through a proxy. It follows requests and replies message by message, so that it knows which
 * reply answers a request that is to lose its own. Bytes that are not RESP (TLS) are passed on unread.
 */
export class ProxiedConnection {
  private readonly upstream: Socket;
  private readonly requests: TcpLane;
  private readonly replies: TcpLane;

  private requestBytes = Buffer.alloc(0);
  private replyBytes = Buffer.alloc(0);
  private unread = false;
  private subscribes = false;
  private unanswered = 0;
  private cutOff = false;
  private cutting: { readonly cut: OrderedCut; repliesBefore: number } | undefined;

  constructor(
    private readonly client: Socket,
    private readonly setting: ConnectionSetting,
    onClose: () => void,
  ) {
    this.upstream = connect(setting.target);
    this.requests = new TcpLane(this.upstream, setting.requestWeather);
    this.replies = new TcpLane(client, setting.replyWeather);
    for (const socket of [client, this.upstream]) socket.setNoDelay(true).on('error', () => undefined);
    client.on('data', (chunk) => this.fromClient(chunk));
    this.upstream.on('data', (chunk) => this.fromServer(chunk));
    client.on('close', () => {
      this.requests.finish();
      if (this.upstream.destroyed) onClose();
    });
    this.upstream.on('close', () => {
      this.cutting?.cut.giveBack();
      this.cutting = undefined;
      this.replies.finish();
      if (client.destroyed) onClose();
    });
  }

  get open(): boolean {
    return !this.client.destroyed;
  }

  weatherChanged(): void {
    this.requests.pump();
    this.replies.pump();
  }

  drop(): void {
    this.requests.drop();
    this.replies.drop();
  }

  private fromClient(chunk: Buffer): void {
    // What is sent behind a request that is being cut never leaves the client's side.
    if (this.cutting !== undefined || this.cutOff) return;
    if (this.unread) return this.requests.send(chunk);
    this.requestBytes = Buffer.concat([this.requestBytes, chunk]);
    try {
      for (let end = endOfRequest(this.requestBytes); end !== undefined; end = endOfRequest(this.requestBytes)) {
        const bytes = this.requestBytes.subarray(0, end);
        this.requestBytes = this.requestBytes.subarray(end);
        if (!this.forward(bytes)) return;
      }
    } catch {
      this.unread = true;
      this.requests.send(this.requestBytes);
    }
  }

  /** False when nothing more of this client's is to be forwarded. */
  private forward(bytes: Buffer): boolean {
    const request = readRequest(bytes);
    const cut = this.setting.cuts().find((ordered) => ordered.reserve(request));
    if (cut?.moment === 'before') {
      this.cutOff = true;
      this.requests.cut();
      this.replies.cut();
      cut.use();
      return false;
    }
    if (cut !== undefined) this.cutting = { cut, repliesBefore: this.unanswered };
    if (SUBSCRIPTION.test(request.name)) this.subscribes = true;
    else this.unanswered += 1;
    this.requests.send(bytes);
    return cut === undefined;
  }

  private fromServer(chunk: Buffer): void {
    if (this.unread) return this.replies.send(chunk);
    this.replyBytes = Buffer.concat([this.replyBytes, chunk]);
    try {
      for (let frame = readFrame(this.replyBytes); frame !== undefined; frame = readFrame(this.replyBytes)) {
        const bytes = this.replyBytes.subarray(0, frame.end);
        this.replyBytes = this.replyBytes.subarray(frame.end);
        const isAnswer = frame.type !== '>' && !(this.subscribes && RESP2_MESSAGE.test(bytes.toString('latin1')));
        if (isAnswer && this.cutting?.repliesBefore === 0) return this.loseReply(this.cutting.cut);
        if (isAnswer) {
          this.unanswered -= 1;
          if (this.cutting !== undefined) this.cutting.repliesBefore -= 1;
        }
        this.replies.send(bytes);
      }
    } catch {
      this.unread = true;
      this.replies.send(this.replyBytes);
    }
  }

  private loseReply(cut: OrderedCut): void {
    this.cutting = undefined;
    this.cutOff = true;
    this.replies.cut();
    this.upstream.destroy();
    cut.use();
  }
}

function endOfRequest(bytes: Buffer): number | undefined {
  if (bytes.length === 0) return undefined;
  const first = bytes[0] ?? 0;
  if (first === 0x2a) return readFrame(bytes)?.end;
  if (first < 0x20 || first > 0x7e) throw new Error('neither RESP nor an inline command');
  const newline = bytes.indexOf('\n');
  return newline === -1 ? undefined : newline + 1;
}

function readRequest(bytes: Buffer): ProxiedRequest {
  const value = bytes[0] === 0x2a ? readValue(bytes)?.value : bytes.toString().trim().split(/\s+/);
  const [name = '', ...args] = Array.isArray(value) ? value.map(String) : [];
  return { name: name.toUpperCase(), args, bytes };
}
