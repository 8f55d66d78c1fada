import { tempDir } from '@berth/testkit';
import { onTestFinished } from 'vitest';
import { openStore } from '../../src/index.js';
import type { StoreUnderTest } from '../conformance/world.js';

/** Some moment; tests move on from it. */
const START = Date.UTC(2026, 0, 1);

/** A store in a folder of its own, with a clock that the test moves. */
export async function openSqliteStore(): Promise<StoreUnderTest> {
  let now = START;
  const store = await openStore({ dataDir: tempDir(), clock: { now: () => now } });
  onTestFinished(() => store.close());
  return {
    store,
    now: () => now,
    advance: ms => {
      now += ms;
    },
  };
}
