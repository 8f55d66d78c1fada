import type { Swept } from '../../contract/maintenance.js';
import type { StoreContext } from '../context.js';
import { dropDryRuns } from './dropDryRuns.js';
import { dropOldStates } from './dropOldStates.js';
import { freeBlobs } from './freeBlobs.js';

/**
 * Goes over dry runs, then over workspaces, then over blobs, some of them at each step; where it stands is remembered here
 * alone, so a coordinator that starts begins anew.
 */
export class Sweeper {
  readonly #context: StoreContext;
  #phase: 'dry runs' | 'states' | 'blobs' = 'dry runs';
  /** Id of the last job, workspace or blob that was looked at. */
  #after = '';

  constructor(context: StoreContext) {
    this.#context = context;
  }

  async step({ stateBuilds }: { stateBuilds?: number | undefined } = {}): Promise<Swept> {
    const nothing = { more: true, dryRuns: 0, droppedStates: 0, freedBytes: 0 };
    if (this.#phase === 'dry runs') {
      const { last, dropped } = await dropDryRuns(this.#context, this.#after);
      this.#goOn(last, 'states');
      return { ...nothing, dryRuns: dropped };
    }
    if (this.#phase === 'states') {
      const { last, dropped } =
        stateBuilds === undefined
          ? { last: null, dropped: 0 }
          : await dropOldStates(this.#context, this.#after, Math.max(1, stateBuilds));
      this.#goOn(last, 'blobs');
      return { ...nothing, droppedStates: dropped };
    }
    const { last, freedBytes } = await freeBlobs(this.#context, this.#after);
    this.#goOn(last, 'dry runs');
    return { ...nothing, more: last !== null, freedBytes };
  }

  #goOn(last: string | null, next: 'dry runs' | 'states' | 'blobs'): void {
    this.#after = last ?? '';
    if (last === null) this.#phase = next;
  }
}
