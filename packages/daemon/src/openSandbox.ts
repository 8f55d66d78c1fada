import { chooseSandbox, type Engine, type Environment, type Sandbox, unseenFiles } from '@berth/terraform';
import type { Logger } from 'pino';
import { berthErrors } from './engineErrors.js';
import type { SandboxOptions } from './options.js';

interface SandboxSurroundings {
  engine: Engine;
  /** Of the daemon; templates see what an attempt needs of it, no more. */
  dataDir: string;
  pluginMirrors: readonly string[];
  /** What engines get. */
  environment: Environment;
  logger: Logger;
}

/**
 * The sandbox that engines run in; null for none, which is logged unless the owner wanted it so.
 *
 * @throws BerthError `sandbox_unavailable`, `invalid_request`
 */
export async function openSandbox(
  { mode, readable = [], writable = [], hidden = [] }: SandboxOptions,
  { engine, dataDir, pluginMirrors, environment, logger }: SandboxSurroundings,
): Promise<Sandbox | null> {
  const paths = { readable, writable, plugins: pluginMirrors.filter(isFolder), hidden: [dataDir, ...hidden] };
  const { sandbox, warning } = await berthErrors(chooseSandbox(mode, { engine, ...paths }));
  if (warning !== null) logger.warn(warning);
  const unseen = sandbox === null ? [] : unseenFiles(sandbox, environment);
  if (unseen.length > 0) {
    logger.warn({ variables: unseen.join(' ') }, 'templates cannot read these files: show them by --sandbox-readable');
  }
  return sandbox;
}

function isFolder(mirror: string): boolean {
  return mirror.startsWith('/');
}
