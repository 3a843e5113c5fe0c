import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';

/**
 * Writes a file that appears under its name only when it is whole, so that an attempt that was aborted, or whose
 * process died, leaves nothing half-done behind: the next attempt simply writes it again.
 *
 * @throws the signal's reason, or what went wrong
 */
export async function writeWhole(
  file: string,
  source: NodeJS.ReadableStream | AsyncIterable<string>,
  { signal, through }: { readonly signal: AbortSignal; readonly through?: NodeJS.ReadWriteStream },
): Promise<void> {
  const part = `${file}.${randomUUID()}.part`;
  try {
    if (through === undefined) {
      await pipeline(source, createWriteStream(part), { signal });
    } else {
      await pipeline(source, through, createWriteStream(part), { signal });
    }
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}
