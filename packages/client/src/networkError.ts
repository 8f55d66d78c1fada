import { BerthError } from '@berth/protocol';

/**
 * What a failed `fetch` (or a body that broke off) is told as: `unreachable` with the address and the reason. When the
 * caller's own signal ended it, that signal's reason is given back instead.
 */
export function networkError(url: string, error: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return signal.reason;
  const { reason, hint } = explain(error);
  return new BerthError('unreachable', `cannot reach the coordinator at ${url}: ${reason}`, { hint, cause: error });
}

interface Explanation {
  reason: string;
  hint: string;
}

const asCertificate = (reason: string): Explanation => {
  return { reason, hint: 'If you trust its authority, name the file of it in NODE_EXTRA_CA_CERTS.' };
};
const check = 'Is it running, and is the address right?';

/** By the code of Node's network errors; a browser gives none. */
const explanations: Record<string, Explanation> = {
  ECONNREFUSED: { reason: 'nothing listens there (connection refused)', hint: check },
  ENOTFOUND: { reason: 'its host name is not known', hint: 'Check the spelling of the address, and your DNS.' },
  EAI_AGAIN: { reason: 'its host name cannot be looked up now', hint: 'Check your network and DNS.' },
  ECONNRESET: { reason: 'the connection was cut', hint: check },
  EPIPE: { reason: 'the connection was cut', hint: check },
  UND_ERR_SOCKET: { reason: 'the connection was cut', hint: check },
  ETIMEDOUT: { reason: 'it does not answer (timed out)', hint: check },
  UND_ERR_CONNECT_TIMEOUT: { reason: 'it does not answer (timed out)', hint: check },
  EHOSTUNREACH: { reason: 'no route to its host', hint: 'Check your network or VPN.' },
  ENETUNREACH: { reason: 'no route to its network', hint: 'Check your network or VPN.' },
  ERR_INVALID_URL: { reason: 'that is no address', hint: 'Write it as https://HOST[:PORT].' },
  ERR_SSL_WRONG_VERSION_NUMBER: { reason: 'it does not speak TLS', hint: 'Try http:// instead of https://.' },
  DEPTH_ZERO_SELF_SIGNED_CERT: asCertificate('its certificate is self-signed'),
  SELF_SIGNED_CERT_IN_CHAIN: asCertificate('its certificate is signed by an authority that this machine does not know'),
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: asCertificate(
    'its certificate is signed by an authority that this machine does not know',
  ),
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: asCertificate(
    'its certificate is signed by an authority that this machine does not know',
  ),
  CERT_HAS_EXPIRED: { reason: 'its certificate has expired', hint: 'Renew it there; check the clock here.' },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    reason: 'its certificate is for another host',
    hint: 'Use the host name that the certificate names.',
  },
};

function explain(error: unknown): Explanation {
  if (error instanceof DOMException && error.name === 'TimeoutError') {
    return { reason: 'it took the request and did not answer in time', hint: 'Try again in a moment.' };
  }
  for (const code of codesOf(error)) {
    const known = explanations[code];
    if (known !== undefined) return known;
  }
  return { reason: innermost(error), hint: check };
}

/** The codes of an error and of what caused it; a connection tried on several addresses carries several causes. */
function codesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const own = 'code' in error && typeof error.code === 'string' ? [error.code] : [];
  const parts: unknown[] = error instanceof AggregateError ? error.errors : [];
  return [...own, ...codesOf(error.cause), ...parts.flatMap(codesOf)];
}

function innermost(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? innermost(error.cause) : error.message;
}
