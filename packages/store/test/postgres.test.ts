import { describe } from 'vitest';
import { storeConformance } from './conformance/suite.js';
import type { StoreUnderTest } from './conformance/world.js';
import { skipped, useCluster } from './postgres/cluster.js';

// A statement is two switches of processes, so a busy machine makes these tests much slower than those of SQLite.
describe.skipIf(skipped !== '')(`the store on Postgres${skipped}`, { timeout: 120_000 }, () => {
  const cluster = useCluster();

  async function openPostgresStore(): Promise<StoreUnderTest> {
    await cluster.empty();
    return { store: await cluster.open(), now: cluster.now, advance: cluster.advance };
  }

  storeConformance(openPostgresStore);
});
