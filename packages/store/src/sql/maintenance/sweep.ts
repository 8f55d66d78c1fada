import type { Swept } from '../../contract/maintenance.js';
import type { StoreContext } from '../context.js';
import { dropOldStates } from './dropOldStates.js';
import { freeBlobs } from './freeBlobs.js';

/**
 * Goes over workspaces, then over blobs, some of them at each step; where it stands is remembered here alone, so a
 * coordinator that starts begins anew.
 */
export class Sweeper {
  readonly #context: StoreContext;
  #phase: 'states' | 'blobs' = 'states';
  /** Id of the last workspace or blob that was looked at. */
  #after = '';

  constructor(context: StoreContext) {
    this.#context = context;
  }

  async step({ stateBuilds }: { stateBuilds?: number | undefined } = {}): Promise<Swept> {
    if (this.#phase === 'states') {
      const { last, dropped } =
        stateBuilds === undefined
          ? { last: null, dropped: 0 }
          : await dropOldStates(this.#context, this.#after, Math.max(1, stateBuilds));
      this.#goOn(last, 'blobs');
      return { more: true, droppedStates: dropped, freedBytes: 0 };
    }
    const { last, freedBytes } = await freeBlobs(this.#context, this.#after);
    this.#goOn(last, 'states');
    return { more: last !== null, droppedStates: 0, freedBytes };
  }

  #goOn(last: string | null, next: 'states' | 'blobs'): void {
    this.#after = last ?? '';
    if (last === null) this.#phase = next;
  }
}
