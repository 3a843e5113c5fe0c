import { connect } from 'node:net';

import { encodeCommand, readValue, type RespValue } from './resp.js';

const ANSWER_WITHIN_MS = 10_000;

export interface AskOptions {
  readonly host: string;
  readonly port: number;
  readonly password?: string | undefined;
  /** Milliseconds until a silent server is an error. */
  readonly timeout?: number;
}

/**
 * One command on a connection of its own, answered as `redis-cli` prints it raw: text, `(nil)`, a list's items a line
 * each. An error reply rejects. The text form is split by the server, quotes included; a list's items go as they are.
 */
export async function ask(target: AskOptions, command: string | readonly string[]): Promise<string> {
  const request = typeof command === 'string' ? Buffer.from(`${command}\r\n`) : encodeCommand(command);
  const { password } = target;
  const requests = password === undefined ? [request] : [encodeCommand(['AUTH', password]), request];
  const replies = await exchange(target, requests);
  for (const reply of replies) if (reply instanceof Error) throw reply;
  return print(replies.at(-1) ?? null);
}

function exchange(target: AskOptions, requests: readonly Buffer[]): Promise<readonly RespValue[]> {
  return new Promise((resolve, reject) => {
    const replies: RespValue[] = [];
    let received = Buffer.alloc(0);
    const socket = connect(target.port, target.host, () => socket.write(Buffer.concat(requests)));
    socket.setTimeout(target.timeout ?? ANSWER_WITHIN_MS, () =>
      socket.destroy(new Error(`${target.host}:${target.port} did not answer`)),
    );
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`${target.host}:${target.port} closed the connection`)));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      try {
        for (let reply = readValue(received); reply !== undefined; reply = readValue(received)) {
          replies.push(reply.value);
          received = received.subarray(reply.end);
        }
      } catch (error) {
        socket.destroy(error instanceof Error ? error : new Error(String(error)));
        return;
      }
      if (replies.length < requests.length) return;
      resolve(replies);
      socket.destroy();
    });
  });
}

function print(value: RespValue): string {
  if (value === null) return '(nil)';
  if (typeof value === 'string') return value;
  return value instanceof Error ? value.message : value.map(print).join('\n');
}
