import { JobDirectory, type JobTypeEntry } from '../../application/ports/job-directory.js';
import type { MemoryData } from './memory-data.js';

/** The queues and job types that were published in this store. */
export class MemoryJobDirectory extends JobDirectory {
  constructor(private readonly data: MemoryData) {
    super();
  }

  override async announce(entries: {
    readonly types: readonly JobTypeEntry[];
    readonly queues: readonly string[];
  }): Promise<void> {
    for (const entry of entries.types) {
      this.data.types.set(entry.type, { ...entry });
      this.data.queueNames.add(entry.queue);
    }
    for (const queue of entries.queues) {
      this.data.queueNames.add(queue);
    }
  }

  override async type(type: string): Promise<JobTypeEntry | undefined> {
    return this.data.types.get(type);
  }

  override async types(): Promise<readonly JobTypeEntry[]> {
    return [...this.data.types.values()].sort((a, b) => byName(a.type, b.type));
  }

  override async queues(): Promise<readonly string[]> {
    return [...this.data.queueNames].sort(byName);
  }
}

function byName(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
