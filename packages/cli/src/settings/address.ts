import { BerthError } from '@berth/protocol';

/**
 * The coordinator's address as a person writes it, made a URL: `https` is added to a bare host name, `http` to a bare
 * loopback one; slashes at the end are dropped.
 *
 * @throws BerthError `invalid_request`
 */
export function readAddress(text: string): string {
  const withScheme = /^[a-z]+:\/\//i.test(text) ? text : `${isLoopback(hostOf(text)) ? 'http' : 'https'}://${text}`;
  const url = URL.canParse(withScheme) ? new URL(withScheme) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.hostname === '') {
    throw new BerthError('invalid_request', `'${text}' is no address of a coordinator`, {
      hint: 'Write it as https://HOST[:PORT].',
    });
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new BerthError('invalid_request', 'the address may hold no user name, password, query or fragment');
  }
  return `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, '')}`;
}

/** Whether passwords and tokens would cross a network unencrypted. */
export function isPlainRemote(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && !isLoopback(hostname);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** Host of an address without scheme. */
function hostOf(text: string): string {
  return text.replace(/[/?#].*$/, '').replace(/:\d*$/, '');
}
