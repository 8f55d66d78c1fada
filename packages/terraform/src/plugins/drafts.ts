import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** How the names of folders begin that are being made or removed. Engines look past them. */
export const DRAFT = '.draft-';

/** A draft of a process that has ended; none takes as long to be made. */
const FORGOTTEN_MS = 24 * 3_600_000;

/** Removes drafts of processes that were killed. */
export async function clearDrafts(folder: string, now: number): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(DRAFT)) continue;
    const path = join(folder, name);
    const status = await stat(path).catch(() => null);
    if (status !== null && now - status.mtimeMs > FORGOTTEN_MS) await rm(path, { recursive: true, force: true });
  }
}
