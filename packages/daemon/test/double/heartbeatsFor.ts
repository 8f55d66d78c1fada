import type { TestContext } from 'vitest';
import type { TestConnection } from './testConnection.js';

/**
 * Reads heartbeats for longer than the hold. Where the machine was so busy that they came nearly as far apart as the hold
 * is long, nothing can be said of it, and the test is skipped.
 */
export async function heartbeatsFor(holdMs: number, connection: TestConnection, context: TestContext): Promise<void> {
  const began = performance.now();
  let last = began;
  while (last - began < holdMs * 1.3) {
    await connection.next('heartbeat');
    const now = performance.now();
    if (now - last > holdMs / 2) return context.skip('the machine had no time for heartbeats');
    last = now;
  }
}
