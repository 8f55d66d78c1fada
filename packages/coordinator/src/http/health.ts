import { BerthError, DAEMON_SOCKET_PATH, openApi } from '@berth/protocol';
import type { FastifyInstance } from 'fastify';
import type { Core } from '../core.js';

/**
 * Addresses beside the API's routes, for whoever runs the coordinator. `/healthz` says that the process answers; `/readyz` that it can do its work:
 * it accepts, the store answers, and it is not about to end.
 */
export function addHealth(
  app: FastifyInstance,
  { store, settings }: Pick<Core, 'store' | 'settings'>,
  state: Readonly<{ stopping: boolean }>,
): void {
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async () => {
    if (state.stopping) throw new BerthError('unavailable', 'the coordinator is stopping');
    await store.check();
    return { status: 'ready' };
  });
  app.get(DAEMON_SOCKET_PATH, async () => {
    throw new BerthError('invalid_request', 'daemons connect here, by WebSocket', {
      hint: 'A proxy between daemon and coordinator may not be set up to pass WebSockets on.',
    });
  });
  let description: Record<string, unknown> | null = null;
  app.get('/api/openapi.json', async () => {
    description ??= openApi(settings.accessUrl);
    return description;
  });
}
