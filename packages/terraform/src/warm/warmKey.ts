import { createHash } from 'node:crypto';
import type { Engine } from '../engine/findEngine.js';

/**
 * Everything that decides what an initialised template looks like. Where its plugins come from does not: the lock file
 * names their content.
 */
export interface WarmKeyParts {
  /** sha256 of the template's archive. */
  archive: string;
  /** Text of the lock file; null where init is to write one. */
  lockFile: string | null;
  engine: Pick<Engine, 'name' | 'version' | 'platform'>;
  /** What was looked at before it was made, beside this: the text of a policy. */
  policy?: string | null | undefined;
}

/** Name of the warm directory for these parts; two that differ in any of them never share one. */
export function warmKey({ archive, lockFile, engine, policy }: WarmKeyParts): string {
  const parts = [archive, lockFile, engine.name, engine.version, engine.platform];
  if (policy != null) parts.push(policy);
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
