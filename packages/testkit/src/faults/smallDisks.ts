import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';

/** Small disks in memory, which can be filled without harm to others. Only root may mount them. */
export class SmallDisks {
  readonly #mounted: string[] = [];
  readonly possible = process.getuid?.() === 0;

  /** Makes a disk at this folder; where that may not be, it is a folder like any other. */
  mount(folder: string): void {
    mkdirSync(folder, { recursive: true });
    if (!this.possible) return;
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'berth-faults', folder]);
    this.#mounted.push(folder);
  }

  unmount(): void {
    for (const folder of this.#mounted.splice(0)) execFileSync('umount', ['--lazy', folder]);
  }
}
