import { maintenanceRoutes } from '@berth/protocol';
import { audit } from '../access/audit.js';
import { authorize } from '../access/authorize.js';
import type { Core } from '../core.js';
import { asUser, type Endpoint } from '../http/endpoint.js';
import { PassingFile } from '../http/passingFile.js';
import { passingBackup } from '../upkeep/passingBackups.js';

/** What is done for the database as a whole while the coordinator runs. */
export function maintenanceEndpoints({ store, settings }: Pick<Core, 'store' | 'settings'>): Endpoint[] {
  return [
    asUser(maintenanceRoutes.backup, async ({ actor, request }) => {
      authorize(actor, 'site.backup', { kind: 'site', organization: null });
      await audit(store, actor, 'site.backup', { kind: 'site', id: '', name: '' }, null);
      // Nothing moves on the connection until the copy is there, which may take longer than silence is borne.
      request.raw.socket.setTimeout(0);
      const path = passingBackup(settings.dataDir);
      const { sizeBytes } = await store.maintenance.backup(path);
      return new PassingFile(path, sizeBytes, 'berth.sqlite');
    }),
  ];
}
