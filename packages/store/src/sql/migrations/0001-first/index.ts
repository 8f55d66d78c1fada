import type { Migration } from '../migration.js';
import { createAccounts } from './accounts.js';
import { createBlobs } from './blobs.js';
import { createJobs } from './jobs.js';
import { createQueues } from './queues.js';
import { createTemplates } from './templates.js';
import { createWorkspaces } from './workspaces.js';

/**
 * The first schema. References are declared where they point from the newer row to the older; the way back (a template's
 * active version, a workspace's newest build, a job's version) is a plain column, so that no insert needs a deferred check.
 */
export const first: Migration = {
  name: 'first',
  async up(db, capabilities, now) {
    await createAccounts(db, capabilities, now);
    await createBlobs(db, capabilities);
    await createQueues(db, capabilities);
    await createJobs(db, capabilities);
    await createTemplates(db, capabilities);
    await createWorkspaces(db, capabilities);
  },
};
