import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { tempDir } from './tempDir.js';

/** A disk of its own for the running test, so small that it can be filled. */
export interface SmallDisk {
  /** Where it is mounted. */
  folder: string;
  /** Takes the room that is left. */
  fill(): void;
  /** Gives it back. */
  empty(): void;
}

/** Mounts one in memory until the end of the test; null where none may be mounted, since only root may. */
export function smallDisk(sizeMiB: number): SmallDisk | null {
  const folder = join(tempDir(), 'disk');
  mkdirSync(folder);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMiB}m`, 'berth-test', folder], { stdio: 'ignore' });
  } catch {
    return null;
  }
  onTestFinished(() => void execFileSync('umount', ['--lazy', folder]));
  let parts = 0;
  return {
    folder,
    fill() {
      try {
        for (;;) writeFileSync(join(folder, `filler-${parts++}`), Buffer.alloc(64 * 1024));
      } catch {
        // It is full: what of the last part was written stays.
      }
    },
    empty() {
      for (const name of readdirSync(folder)) if (name.startsWith('filler-')) rmSync(join(folder, name));
    },
  };
}
