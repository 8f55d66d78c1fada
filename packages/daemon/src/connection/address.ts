import { BerthError, DAEMON_SOCKET_PATH } from '@berth/protocol';

/** Where a coordinator is reached. */
export interface CoordinatorAddress {
  /** Of the HTTP API: `http(s)://HOST[:PORT][/PATH]`, without a slash at the end. */
  base: string;
  /** Of the daemons' WebSocket. */
  socket: string;
  /** Credentials travel unencrypted over a network: plain HTTP to a host that is not this one. */
  exposed: boolean;
}

/** @throws BerthError `invalid_request` when the text is no HTTP address */
export function parseAddress(text: string): CoordinatorAddress {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new BerthError('invalid_request', `'${text}' is not the address of a coordinator`, {
      hint: 'Write http://HOST:PORT or https://HOST.',
    });
  }
  const base = `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
  return {
    base,
    socket: `${base.replace(/^http/, 'ws')}${DAEMON_SOCKET_PATH}`,
    exposed: url.protocol === 'http:' && !isLoopback(url.hostname),
  };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127(\.\d+){3}$/.test(host);
}
