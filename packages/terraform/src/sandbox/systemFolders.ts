import { lstatSync, readlinkSync } from 'node:fs';

/** Part of the file system that is the same inside as outside. */
export interface Bind {
  from: string;
  to: string;
}

/** Programs and libraries. Below `/usr` the others stand beside it, or are links into it (Debian, Fedora…). */
const beside = ['/bin', '/sbin', '/lib', '/lib64', '/lib32', '/libx32'];

/**
 * What of `/etc` a program needs to find hosts, users, certificates and libraries. The whole of it would let in what
 * stands there for others: keys, passwords, a daemon's PSK.
 */
const settings = [
  '/etc/ssl',
  '/etc/ca-certificates',
  '/etc/pki',
  '/etc/resolv.conf',
  '/etc/hosts',
  '/etc/nsswitch.conf',
  '/etc/passwd',
  '/etc/group',
  '/etc/services',
  '/etc/localtime',
  '/etc/alternatives',
  '/etc/ld.so.cache',
];

/** Where the system's own folders are, which every sandbox shows read-only. */
export function systemBinds(): Bind[] {
  return ['/usr', ...beside.filter(path => kindOf(path) === 'folder')].map(path => ({ from: path, to: path }));
}

/** Everything of the system that a sandbox shows by its own path, what may not be there included. */
export function shownBinds(): Bind[] {
  return [...systemBinds(), ...settings.map(path => ({ from: path, to: path }))];
}

/** Arguments of bwrap that show them. */
export function systemArguments(): string[] {
  const folders = systemBinds().flatMap(({ from, to }) => ['--ro-bind', from, to]);
  const links = beside.filter(path => kindOf(path) === 'link').flatMap(path => ['--symlink', readlinkSync(path), path]);
  return [...folders, ...links, ...settings.flatMap(path => ['--ro-bind-try', path, path])];
}

function kindOf(path: string): 'folder' | 'link' | null {
  const status = lstatSync(path, { throwIfNoEntry: false });
  if (status === undefined) return null;
  return status.isSymbolicLink() ? 'link' : 'folder';
}
