import type { Store } from '../store.js';
import { auditStore } from './accounts/audit.js';
import { organizationStore } from './accounts/organizations.js';
import { tokenStore } from './accounts/tokens.js';
import { userStore } from './accounts/users.js';
import { blobSize, readBlob } from './blobs/readBlob.js';
import { blobStatus, writeBlob } from './blobs/writeBlob.js';
import type { StoreContext } from './context.js';
import { daemonStore } from './daemons/daemons.js';
import { dryRunStore } from './dryRuns/dryRuns.js';
import type { Housekeeping } from './housekeeping.js';
import { jobStore, logStore } from './jobs/jobStore.js';
import { rotateKeys } from './maintenance/rotateKeys.js';
import { Sweeper } from './maintenance/sweep.js';
import { verify } from './maintenance/verify.js';
import { templateStore } from './templates/templates.js';
import { workspaceStore } from './workspaces/workspaces.js';

/** The store on a migrated database. */
export function sqlStore(context: StoreContext, housekeeping: Housekeeping): Store {
  const sweeper = new Sweeper(context);
  return {
    users: userStore(context),
    tokens: tokenStore(context),
    organizations: organizationStore(context),
    blobs: {
      status: ref => blobStatus(context, ref),
      write: (ref, upload) => writeBlob(context, ref, upload),
      read: (ref, range) => readBlob(context, ref, range),
      size: ref => blobSize(context, ref),
    },
    templates: templateStore(context),
    workspaces: workspaceStore(context),
    dryRuns: dryRunStore(context),
    jobs: jobStore(context),
    logs: logStore(context),
    daemons: daemonStore(context),
    audit: auditStore(context),
    maintenance: {
      sweep: what => sweeper.step(what),
      backup: file => housekeeping.backup(file),
      verify: () => verify(context, () => housekeeping.structure()),
      rotateKeys: async () => {
        const count = await rotateKeys(context);
        housekeeping.keysRotated();
        return count;
      },
    },
    check: async () => {
      await context.database.read(tx => tx.db.selectFrom('migrations').select('number').limit(1).execute());
    },
    close: async () => {
      await context.database.close();
      housekeeping.closed();
    },
  };
}
