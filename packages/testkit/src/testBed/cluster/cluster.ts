import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { locked } from '../lock.js';
import type { User } from './credentials.js';
import type { Access } from './kubernetesApi.js';
import { endRun, type RunFolder, runningPrograms } from './runFolder.js';
import { type StartOptions, startCluster } from './startCluster.js';

/** Programs of a whole run. */
const PROGRAMS = 5;

/**
 * Has a cluster run in this folder. One that is whole is left as it is; what is left of one that is not is ended first.
 *
 * @returns whether it had to be started
 * @throws Error when it does not come up; nothing of it is left then
 */
export async function clusterUp(folder: RunFolder, options: StartOptions): Promise<boolean> {
  return alone(folder, async () => {
    if (isUp(folder)) return false;
    await endRun(folder);
    await startWhole(folder, options);
    writeFileSync(folder.up, '');
    return true;
  });
}

/** Ends the cluster of this folder and removes the folder; fine where there is none. */
export async function clusterDown(folder: RunFolder): Promise<void> {
  await alone(folder, () => endRun(folder));
}

export function isUp(folder: RunFolder): boolean {
  return existsSync(folder.up) && runningPrograms(folder).size === PROGRAMS;
}

/**
 * Starts a cluster, and ends what there is of it where that fails. A port that was free a moment ago may be taken: then
 * it is tried again, with others.
 *
 * @throws Error with the last lines of its log when a program does not come up
 */
export async function startWhole(folder: RunFolder, options: StartOptions, tries = 3): Promise<Record<User, Access>> {
  try {
    return await startCluster(folder, options);
  } catch (error) {
    await endRun(folder);
    const taken = error instanceof Error && error.message.includes('address already in use');
    if (!taken || tries <= 1) throw error;
    return startWhole(folder, options, tries - 1);
  }
}

/** The lock is that of the folder above: this one comes and goes. */
async function alone<T>(folder: RunFolder, work: () => Promise<T>): Promise<T> {
  const above = dirname(folder.path);
  mkdirSync(above, { recursive: true });
  return locked(above, work);
}
