import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { OnApplicationShutdown } from '@nestjs/common';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerError } from 'smtp-server';

/** How a mailbox makes trouble: it refuses the first so many deliveries for now, or all of them for good. */
export type MailboxTrouble = { readonly kind: 'busy'; readonly times: number } | { readonly kind: 'unknown' };

/**
 * A real SMTP server on a free port of this machine, standing in for the shop's mail provider: it keeps every e-mail
 * it accepts as an `.eml` file, named by the message's id.
 */
export class LocalMailServer implements OnApplicationShutdown {
  readonly host = '127.0.0.1';
  private readonly refusals = new Map<string, number>();
  private readonly server: SMTPServer;

  private constructor(
    private readonly folder: string,
    private readonly troubles: ReadonlyMap<string, MailboxTrouble>,
  ) {
    this.server = new SMTPServer({
      disabledCommands: ['AUTH', 'STARTTLS'],
      disableReverseLookup: true,
      onRcptTo: ({ address }, _session, done) => done(this.refusal(address.toLowerCase())),
      onData: (stream, _session, done) => void this.receive(stream, done),
    });
  }

  /** Resolves once it listens. */
  static async start(folder: string, troubles: ReadonlyMap<string, MailboxTrouble>): Promise<LocalMailServer> {
    const mailServer = new LocalMailServer(folder, troubles);
    await once(mailServer.server.listen(0, mailServer.host), 'listening');
    // A client that breaks its connection off is no reason to end.
    mailServer.server.on('error', () => undefined);
    return mailServer;
  }

  get port(): number {
    return (this.server.server.address() as AddressInfo).port;
  }

  async onApplicationShutdown(): Promise<void> {
    await new Promise<void>((resolve) => this.server.close(resolve));
  }

  private refusal(address: string): SMTPServerError | null {
    const trouble = this.troubles.get(address);
    if (trouble?.kind === 'unknown') {
      return refuse(550, `5.1.1 ${address}: no such mailbox`);
    }
    const refused = this.refusals.get(address) ?? 0;
    if (trouble === undefined || refused >= trouble.times) {
      return null;
    }
    this.refusals.set(address, refused + 1);
    return refuse(451, `4.3.0 ${address}: mailbox is busy, try again later`);
  }

  private async receive(
    stream: SMTPServerDataStream,
    done: (error: Error | null, message?: string) => void,
  ): Promise<void> {
    try {
      done(null, `kept as ${await this.keep(await text(stream))}`);
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
    }
  }

  private async keep(message: string): Promise<string> {
    const id = /^Message-ID: <([^@>]+)@/im.exec(message)?.[1] ?? `unnamed-${Date.now()}`;
    const file = `${id.replaceAll(/[^\w.-]/g, '_')}.eml`;
    await mkdir(this.folder, { recursive: true });
    await writeFile(join(this.folder, file), message);
    return file;
  }
}

function refuse(responseCode: number, message: string): SMTPServerError {
  return Object.assign(new Error(message), { responseCode });
}
