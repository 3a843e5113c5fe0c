import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Runs what is to be measured while a server has a core to itself and this process the others: the kernel gives a core to one of
 * two that want it for milliseconds at a time, which would count as time that the server took. Without `taskset` (util-linux),
 * or on one core, it runs as it is.
 */
export async function onOwnCore<T>(server: number, measured: () => Promise<T>): Promise<T> {
  const [own, ...others] = await coresOf(server);
  if (own === undefined || others.length === 0) {
    return measured();
  }
  await Promise.all([keepTo([own], server), keepTo(others, process.pid)]);
  try {
    return await measured();
  } finally {
    await Promise.all([server, process.pid].map((pid) => keepTo([own, ...others], pid)));
  }
}

/** The cores that a process may use, as `taskset` lists them: single ones and ranges. */
async function coresOf(pid: number): Promise<readonly number[]> {
  const { stdout } = await run('taskset', ['-cp', `${pid}`]).catch(() => ({ stdout: '' }));
  return [...stdout.slice(stdout.lastIndexOf(':')).matchAll(/(\d+)(?:-(\d+))?/g)].flatMap(([, from, to = from]) =>
    Array.from({ length: Number(to) - Number(from) + 1 }, (_, index) => Number(from) + index),
  );
}

async function keepTo(cores: readonly number[], pid: number): Promise<void> {
  await run('taskset', ['-acp', cores.join(','), `${pid}`]);
}
