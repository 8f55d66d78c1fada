import type { Core } from '../core.js';
import type { Endpoint } from '../http/endpoint.js';
import { attemptEndpoints } from './attempts.js';
import { buildEndpoints } from './builds.js';
import { dryRunEndpoints } from './dryRuns.js';
import { fileEndpoints } from './files.js';
import { jobEndpoints } from './jobs.js';
import { maintenanceEndpoints } from './maintenance.js';
import { siteEndpoints } from './site.js';
import { stateEndpoints } from './states.js';
import { templateEndpoints } from './templates.js';
import { tokenEndpoints } from './tokens.js';
import { userEndpoints } from './users.js';
import { versionEndpoints } from './versions.js';
import { workspaceEndpoints } from './workspaces.js';

/** What answers every route of the protocol. */
export function allEndpoints(core: Core, stopping: AbortSignal): Endpoint[] {
  return [
    ...siteEndpoints(core),
    ...userEndpoints(core),
    ...tokenEndpoints(core),
    ...fileEndpoints(core),
    ...templateEndpoints(core),
    ...versionEndpoints(core),
    ...workspaceEndpoints(core),
    ...buildEndpoints(core),
    ...dryRunEndpoints(core),
    ...stateEndpoints(core),
    ...jobEndpoints(core, stopping),
    ...maintenanceEndpoints(core),
    ...attemptEndpoints(core),
  ];
}
