import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Workspace } from '@berth/protocol';
import type { SshTarget } from './sshTarget.js';

type SshWorkspace = Pick<Workspace, 'id' | 'owner' | 'name'>;

/** The name under which OpenSSH knows a workspace, whatever its host is. */
export function hostAlias({ owner, name }: SshWorkspace): string {
  return `berth.${owner.username}.${name}`;
}

/**
 * OpenSSH's settings for a workspace. Its keys stand in a file of Berth's own: a key that the template tells is the only
 * one that is accepted; else the first one that is seen, as long as the workspace lives.
 *
 * @param folder for the files of known keys
 */
export function sshOptions(target: SshTarget, workspace: SshWorkspace, folder: string): [string, string][] {
  const file = knownHosts(workspace, folder);
  const isKnown = target.hostKeys.length > 0;
  return [
    ['HostName', target.host],
    ['Port', String(target.port)],
    ...(target.user === null ? [] : ([['User', target.user]] as [string, string][])),
    ['HostKeyAlias', hostAlias(workspace)],
    ['UserKnownHostsFile', quoted(file)],
    ['GlobalKnownHostsFile', '/dev/null'],
    ['StrictHostKeyChecking', isKnown ? 'yes' : 'accept-new'],
    // It would take a key that the server names over the one that is pinned.
    ['UpdateHostKeys', 'no'],
    // Nor one that the domain's owner vouches for.
    ['VerifyHostKeyDNS', 'no'],
  ];
}

/** Writes the keys that a template tells to where {@link sshOptions} has OpenSSH look. */
export function writeHostKeys({ hostKeys }: SshTarget, workspace: SshWorkspace, folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (hostKeys.length === 0) return;
  const lines = hostKeys.map(key => `${hostAlias(workspace)} ${key}\n`).join('');
  writeFileSync(knownHosts(workspace, folder), lines, { mode: 0o600 });
}

/** By its id: a later workspace of the same name has other keys. */
function knownHosts({ id }: SshWorkspace, folder: string): string {
  return join(folder, `${id}.known_hosts`);
}

/** A path as OpenSSH's settings take it: blanks in quotes, its own tokens escaped. */
function quoted(path: string): string {
  return `"${path.replaceAll('%', '%%')}"`;
}
