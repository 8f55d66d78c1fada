import { route } from '../route.js';

/** What is done for the database as a whole while the coordinator runs. */
export const maintenanceRoutes = {
  backup: route({
    method: 'GET',
    path: '/api/v1/backup',
    auth: 'session',
    summary: 'A copy of the database as it is at one moment (SQLite); for the owner of the site',
    responseBody: 'bytes',
  }),
};
