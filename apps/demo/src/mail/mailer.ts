import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { createTransport } from 'nodemailer';
import { LocalMailServer } from './local-mail-server.js';

export interface OutgoingMail {
  readonly to: string;
  readonly messageId: string;
  readonly subject: string;
  readonly text: string;
}

/** Hands e-mails to the mail server, over a few connections that stay open. */
@Injectable()
export class Mailer implements OnApplicationShutdown {
  private readonly transport;

  constructor(server: LocalMailServer) {
    this.transport = createTransport({
      pool: true,
      host: server.host,
      port: server.port,
      ignoreTLS: true,
      maxConnections: 10,
    });
  }

  /** Answers what the server said. The signal stops it at any point. @throws nodemailer's error when it is refused */
  async send(mail: OutgoingMail, signal: AbortSignal): Promise<string> {
    const { response } = await this.transport.sendMail({
      from: 'The corner shop <orders@shop.example>',
      ...mail,
      signal,
    });
    return response;
  }

  onApplicationShutdown(): void {
    this.transport.close();
  }
}

/** True for a refusal that no later attempt will change, such as `550 no such mailbox`. */
export function rejectedForGood(error: Error): boolean {
  return 'permanent' in error && error.permanent === true;
}
