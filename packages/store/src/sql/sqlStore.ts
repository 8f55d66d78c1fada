import type { Store } from '../store.js';
import { auditStore } from './accounts/audit.js';
import { organizationStore } from './accounts/organizations.js';
import { tokenStore } from './accounts/tokens.js';
import { userStore } from './accounts/users.js';
import { blobSize, readBlob } from './blobs/readBlob.js';
import { blobStatus, writeBlob } from './blobs/writeBlob.js';
import type { StoreContext } from './context.js';
import { daemonStore } from './daemons/daemons.js';
import { jobStore, logStore } from './jobs/jobStore.js';
import { templateStore } from './templates/templates.js';
import { workspaceStore } from './workspaces/workspaces.js';

/**
 * The store on a migrated database.
 *
 * @param released called after the database was closed
 */
export function sqlStore(context: StoreContext, released: () => void): Store {
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
    jobs: jobStore(context),
    logs: logStore(context),
    daemons: daemonStore(context),
    audit: auditStore(context),
    check: async () => {
      await context.database.read(tx => tx.db.selectFrom('migrations').select('number').limit(1).execute());
    },
    close: async () => {
      await context.database.close();
      released();
    },
  };
}
