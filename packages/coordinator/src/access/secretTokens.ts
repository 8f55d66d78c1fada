import { createHash, randomBytes } from 'node:crypto';

/** What a token is for; its prefix says it, so that one in the wrong place is refused before it is looked up. */
const prefixes = { session: 'berth_ses_', api: 'berth_api_', attempt: 'berth_att_' } as const;
type TokenKind = keyof typeof prefixes;

/** A new token of 256 random bits, and the hash of it that is stored in its place. */
export function newToken(kind: TokenKind): { token: string; hash: string } {
  const token = prefixes[kind] + randomBytes(32).toString('base64url');
  return { token, hash: tokenHash(token) };
}

/**
 * sha256 in hexadecimal. A slow hash would protect nothing more: a token has too many values to be guessed. Looking it up
 * by its hash also leaves no timing that tells how much of a guess was right.
 */
export function tokenHash(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** What a token says it is for; null for one that Berth did not make. */
export function tokenKind(token: string): TokenKind | null {
  if (token.startsWith(prefixes.session)) return 'session';
  if (token.startsWith(prefixes.api)) return 'api';
  return token.startsWith(prefixes.attempt) ? 'attempt' : null;
}
