import { describe } from 'vitest';
import { storeConformance } from './conformance/suite.js';
import type { StoreUnderTest } from './conformance/world.js';
import { skipped, useCluster } from './postgres/cluster.js';

describe.skipIf(skipped !== '')(`the store on Postgres${skipped}`, () => {
  const cluster = useCluster();

  async function openPostgresStore(): Promise<StoreUnderTest> {
    await cluster.empty();
    return { store: await cluster.open(), now: cluster.now, advance: cluster.advance };
  }

  storeConformance(openPostgresStore);
});
