/** Waits between tries. */
export interface Backoff {
  /** Waits before try number `failures` + 1; rejects with the signal's reason when it is aborted. */
  wait(failures: number, signal?: AbortSignal): Promise<void>;
}

/** Exponential with full jitter, so that many clients of one coordinator do not come back at the same moment. */
export function createBackoff(firstMs = 250, mostMs = 5_000): Backoff {
  return {
    wait(failures, signal) {
      const ceiling = Math.min(mostMs, firstMs * 2 ** Math.min(failures, 16));
      return sleep(firstMs / 2 + Math.random() * ceiling, signal);
    },
  };
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    if (signal?.aborted) return reject(signal.reason);
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', end);
      resolve();
    }, ms);
    signal?.addEventListener('abort', end, { once: true });
  });
}
