import { createHash } from 'node:crypto';
import type { Engine } from '../engine/findEngine.js';

/** Everything that decides what an initialised template looks like. */
export interface WarmKeyParts {
  /** sha256 of the template's archive. */
  archive: string;
  /** Text of the lock file; null where init is to write one. */
  lockFile: string | null;
  engine: Pick<Engine, 'name' | 'version' | 'platform'>;
  /** Text of the CLI configuration. */
  cliConfig: string;
}

/** Name of the warm directory for these parts; two that differ in any of them never share one. */
export function warmKey({ archive, lockFile, engine, cliConfig }: WarmKeyParts): string {
  const parts = [archive, lockFile, engine.name, engine.version, engine.platform, cliConfig];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
