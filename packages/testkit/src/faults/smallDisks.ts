import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';

/** Small disks in memory, which can be filled without harm to others. Only root may mount them, and not everywhere. */
export class SmallDisks {
  readonly #mounted: string[] = [];
  #possible = process.getuid?.() === 0;

  /** Whether what was mounted so far is small disks. */
  get possible(): boolean {
    return this.#possible;
  }

  /** Makes a disk at this folder; where that may not be, it is a folder like any other. */
  mount(folder: string): void {
    mkdirSync(folder, { recursive: true });
    if (!this.#possible) return;
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'berth-faults', folder], { stdio: 'pipe' });
      this.#mounted.push(folder);
    } catch {
      // A container without the right to: the run goes on without faults of disks.
      this.#possible = false;
    }
  }

  /** Unmounts them and leaves what is on them in FOLDER.kept, for whoever looks for what went wrong. */
  keep(): void {
    for (const folder of this.#mounted) execFileSync('cp', ['-a', folder, `${folder}.kept`]);
    this.unmount();
  }

  unmount(): void {
    for (const folder of this.#mounted.splice(0)) execFileSync('umount', ['--lazy', folder]);
  }
}
