import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { guardHolds } from '../guards.js';

/**
 * What a template's archive may carry of a run by hand, and what would bend ours: a state to start from, another
 * workspace to select (`.terraform/environment`), plugins of another machine.
 */
const strays = [
  '.terraform',
  'terraform.tfstate',
  'terraform.tfstate.backup',
  'terraform.tfstate.d',
  '.terraform.tfstate.lock.info',
  'errored.tfstate',
];

/** Removes from an unpacked template what an engine run by hand left there. The lock file stays. */
export async function removeStrayFiles(folder: string): Promise<void> {
  if (!guardHolds('terraform.stray_files')) return;
  await Promise.all(strays.map(name => rm(join(folder, name), { recursive: true, force: true })));
}
