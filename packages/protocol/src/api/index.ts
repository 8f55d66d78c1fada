import { attemptRoutes } from './attempts.js';
import { dryRunRoutes } from './dryRuns.js';
import { jobRoutes } from './jobs.js';
import { maintenanceRoutes } from './maintenance.js';
import { siteRoutes } from './site.js';
import { stateRoutes } from './states.js';
import { templateRoutes } from './templates.js';
import { userRoutes } from './users.js';
import { workspaceRoutes } from './workspaces.js';

/** Every route of the HTTP API, by the name that coordinator, client and OpenAPI page know it by. */
export const routes = {
  ...siteRoutes,
  ...userRoutes,
  ...templateRoutes,
  ...workspaceRoutes,
  ...dryRunRoutes,
  ...stateRoutes,
  ...jobRoutes,
  ...maintenanceRoutes,
  ...attemptRoutes,
};

/** Path of the daemons' WebSocket. */
export const DAEMON_SOCKET_PATH = '/api/v1/provisionerdaemons/serve';
