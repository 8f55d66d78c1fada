const LOCK_FILE = '.terraform.lock.hcl';

/**
 * Whether a file or folder stays out of a template archive: what terraform leaves behind (states and their backups,
 * emergency states, crash logs, its own `.terraform`) and dot files, which belong to editors, version control and
 * secrets. The lock file is the one dot file that makes a build repeatable.
 */
export function isLeftOut(name: string): boolean {
  if (name === LOCK_FILE) return false;
  return name.startsWith('.') || isState(name) || /^crash(\..*)?\.log$/.test(name);
}

/**
 * Whether a name at the top of an archive would be taken by terraform for its own: a state there would be built upon,
 * and a `.terraform` would stand for an init that never was.
 */
export function isReserved(name: string): boolean {
  return name === '.terraform' || isState(name);
}

/** `terraform.tfstate`, `terraform.tfstate.backup`, `errored.tfstate`, the folder `terraform.tfstate.d`… */
function isState(name: string): boolean {
  return /\.tfstate(\.|$)/.test(name);
}
