import { expect, test } from 'vitest';
import { accountsConformance } from './accounts.js';
import { blobsConformance } from './blobs.js';
import { daemonsConformance } from './daemons.js';
import { dryRunsConformance } from './dryRuns.js';
import { handOverConformance } from './handOver.js';
import { lifecycleConformance } from './lifecycle.js';
import { logsConformance } from './logs.js';
import { maintenanceConformance } from './maintenance.js';
import { pagingConformance } from './paging.js';
import { passingValuesConformance } from './passingValues.js';
import { queueConformance } from './queue.js';
import { racesConformance } from './races.js';
import { salvageConformance } from './salvage.js';
import { settleConformance } from './settle.js';
import { statesConformance } from './states.js';
import { statusConformance } from './status.js';
import { tagsConformance } from './tags.js';
import { templatesConformance } from './templates.js';
import { workspacesConformance } from './workspaces.js';
import { expectError, makeWorld, type OpenStore } from './world.js';

/** What every implementation of the store does alike. */
export function storeConformance(open: OpenStore): void {
  accountsConformance(open);
  blobsConformance(open);
  daemonsConformance(open);
  dryRunsConformance(open);
  handOverConformance(open);
  lifecycleConformance(open);
  logsConformance(open);
  maintenanceConformance(open);
  pagingConformance(open);
  passingValuesConformance(open);
  queueConformance(open);
  racesConformance(open);
  salvageConformance(open);
  settleConformance(open);
  statesConformance(open);
  statusConformance(open);
  tagsConformance(open);
  templatesConformance(open);
  workspacesConformance(open);

  test('a closed store answers unavailable; closing twice is fine', async () => {
    const { store, owner } = await makeWorld(open);
    await store.check();
    const underWay = store.users.byId(owner.id);
    await Promise.all([store.close(), store.close()]);
    expect((await underWay)?.id).toBe(owner.id);
    await expectError(store.check(), 'unavailable');
    await expectError(store.users.list({ limit: 1 }), 'unavailable');
    await expectError(store.jobs.reap(), 'unavailable');
    await store.close();
  });
}
