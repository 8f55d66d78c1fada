import { statSync } from 'node:fs';
import { isWithin, realPath } from './paths.js';
import type { Sandbox } from './sandbox.js';
import { shownBinds } from './systemFolders.js';

/**
 * Names of the variables whose files (a kubeconfig, a cloud's credentials) are not shown in the sandbox: templates that
 * need them fail with words that do not speak of it.
 */
export function unseenFiles(sandbox: Sandbox, env: Readonly<Record<string, string>>): string[] {
  const system = shownBinds().map(bind => bind.from);
  const owners = [...sandbox.readable, ...sandbox.writable, ...sandbox.plugins];
  const isSeen = (path: string): boolean => {
    // Programs are found by several paths: /bin is a link on most systems.
    return isWithinOne(path, owners) || isWithinOne(realPath(path) ?? path, system);
  };
  return Object.entries(env)
    .filter(([name]) => name !== 'SSL_CERT_FILE')
    .filter(([, value]) => value.split(':').some(path => path.startsWith('/') && isFile(path) && !isSeen(path)))
    .map(([name]) => name);
}

function isWithinOne(path: string, folders: readonly string[]): boolean {
  return folders.some(folder => isWithin(path, folder));
}

/** A socket is one too. */
function isFile(path: string): boolean {
  try {
    return !statSync(path).isDirectory();
  } catch {
    // Not there, or not ours to look at.
    return false;
  }
}
