import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { JobsModule } from 'nestjs-jobs';
import { readCsv } from '../shop/csv.js';
import { Folders } from '../shop/folders.js';
import { LocalMailServer, type MailboxTrouble } from './local-mail-server.js';
import { Mailer } from './mailer.js';
import { SendEmail } from './send-email.handler.js';

/** Mail providers count connections: ten e-mails at once, over all processes. */
@Module({
  imports: [JobsModule.forFeature({ queues: { mail: { concurrency: 10 } } })],
  providers: [
    SendEmail,
    Mailer,
    {
      provide: LocalMailServer,
      inject: [Folders],
      useFactory: async (folders: Folders): Promise<LocalMailServer> =>
        LocalMailServer.start(folders.mail, await readTroubles(join(folders.data, 'mailboxes.csv'))),
    },
  ],
})
export class MailModule {}

async function readTroubles(file: string): Promise<ReadonlyMap<string, MailboxTrouble>> {
  return new Map(
    (await readCsv(file)).map(({ address = '', trouble, times }) => [
      address,
      trouble === 'unknown' ? { kind: 'unknown' } : { kind: 'busy', times: Number(times) },
    ]),
  );
}
