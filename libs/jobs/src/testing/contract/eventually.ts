/** Real time that a notice may take on a busy machine. */
const DEADLINE = 15_000;

/** Waits, in real time, for what a notice is to bring about. */
export async function eventually(condition: () => boolean): Promise<void> {
  const end = performance.now() + DEADLINE;
  while (!condition()) {
    if (performance.now() > end) {
      throw new Error(`Not told within ${DEADLINE} ms`);
    }
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }
}
