import { describe, test } from 'vitest';
import { raceRequeueAgainstGate } from './conformance/races.js';
import { skipped, useCluster } from './postgres/cluster.js';
import { openSqliteStore } from './sqlite/openUnderTest.js';

/** Long enough for a machine that does other things, too. */
const timeout = 300_000;

test('requeue and gate exclude each other a thousand times on SQLite', { timeout }, () =>
  raceRequeueAgainstGate(openSqliteStore, 1_000),
);

describe.skipIf(skipped !== '')(`on Postgres${skipped}`, () => {
  const cluster = useCluster();

  test('requeue and gate exclude each other a thousand times', { timeout }, () =>
    raceRequeueAgainstGate(async () => {
      await cluster.empty();
      return { store: await cluster.open(), now: cluster.now, advance: cluster.advance };
    }, 1_000),
  );
});
