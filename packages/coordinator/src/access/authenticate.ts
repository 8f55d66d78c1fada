import { BerthError } from '@berth/protocol';
import type { Store } from '@berth/store';
import type { AttemptActor, UserActor } from './actor.js';
import { tokenHash, tokenKind } from './secretTokens.js';

/** The user of a request. Throws `unauthenticated` unless its token is a session or API token that is still good. */
export async function authenticateUser(
  store: Pick<Store, 'tokens'>,
  authorization: string | undefined,
): Promise<UserActor> {
  const token = bearerToken(authorization);
  const kind = tokenKind(token);
  if (kind !== 'session' && kind !== 'api') throw new BerthError('unauthenticated', 'this token is for another use');
  const found = await store.tokens.authenticate(tokenHash(token));
  if (found === null) throw new BerthError('unauthenticated', 'the token is not known, has expired or was revoked');
  return { kind: 'user', ...found };
}

/** The attempt of a request. Throws `unauthenticated` unless its token is one of an attempt. */
export async function authenticateAttempt(
  store: Pick<Store, 'jobs'>,
  authorization: string | undefined,
): Promise<AttemptActor> {
  const token = bearerToken(authorization);
  if (tokenKind(token) !== 'attempt') throw notOfAnAttempt('this token is not that of an attempt');
  const attempt = await store.jobs.attemptByToken(tokenHash(token));
  if (attempt === null) throw notOfAnAttempt('the token of the attempt is not known');
  return { kind: 'attempt', attempt };
}

function bearerToken(authorization: string | undefined): string {
  const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
  if (token === undefined) throw new BerthError('unauthenticated', 'the request has no token');
  return token;
}

function notOfAnAttempt(message: string): BerthError {
  return new BerthError('unauthenticated', message, { hint: 'The answer to the accept carries it.' });
}
