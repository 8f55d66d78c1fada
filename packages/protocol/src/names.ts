import { z } from 'zod';

/**
 * A name of a user, organization, template, workspace or daemon: letters, digits and single hyphens inside, at most 32
 * characters, so that it can stand in a host name and in `owner/name`.
 */
export const name = z
  .string()
  .regex(/^[a-zA-Z0-9]+(-[a-zA-Z0-9]+)*$/, 'use letters, digits and single hyphens inside')
  .max(32, 'use at most 32 characters');

/** A daemon's name: a host name usually, so dots and underscores are allowed and it may be longer. */
export const daemonName = z
  .string()
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]*$/, 'use letters, digits, dots, hyphens and underscores')
  .max(128, 'use at most 128 characters');

export const id = z.uuid();

/** Milliseconds since 1970, on the coordinator's clock. */
export const time = z.number().int();

/** sha256 of content, 64 lower-case hexadecimal digits. */
export const digest = z.string().regex(/^[0-9a-f]{64}$/, 'a sha256 in lower-case hexadecimal');
