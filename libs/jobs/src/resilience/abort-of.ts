/** Rejects with the signal's reason once it aborts, and never resolves; need not be waited for. */
export function abortOf(signal: AbortSignal): Promise<never> {
  const aborted = new Promise<never>((_resolve, reject) => {
    const fail = (): void => {
      // An abort's reason is an error of the engine's own.
      reject(signal.reason as Error);
    };
    if (signal.aborted) {
      fail();
    } else {
      signal.addEventListener('abort', fail, { once: true });
    }
  });
  aborted.catch(() => undefined);
  return aborted;
}
