import { BerthError } from '@berth/protocol';
import type { FastifyInstance } from 'fastify';

/**
 * Makes the server accept connections.
 *
 * @returns the address that it listens on and a URL of it that this machine can use
 * @throws BerthError `address_taken`; `invalid_request` for an address that is not this machine's, or not allowed
 */
export async function listen(
  app: FastifyInstance,
  { host, port }: { host: string; port: number },
): Promise<{ address: string; url: string }> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    throw listenError(error, hostPort(host, port));
  }
  const bound = app.server.address();
  if (bound === null || typeof bound === 'string') throw new Error('the server has no port');
  return { address: hostPort(host, bound.port), url: `http://${hostPort(reachable(host), bound.port)}` };
}

function listenError(error: unknown, address: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  switch (code) {
    case 'EADDRINUSE':
      return new BerthError('address_taken', `something listens on ${address} already`, { cause: error });
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new BerthError('invalid_request', `${address} is not an address of this machine`, { cause: error });
    case 'EACCES':
      return new BerthError('invalid_request', `this user may not listen on ${address}`, {
        hint: 'Ports below 1024 need a privilege.',
        cause: error,
      });
    default:
      return error;
  }
}

/** Where one listens on every address, one connects to the loopback. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}

function hostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
