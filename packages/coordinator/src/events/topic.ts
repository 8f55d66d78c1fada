/**
 * Tells followers in this process that the thing of a key has changed. They read what it became from the store, so a
 * notice carries nothing, and two in a row may be taken as one.
 */
export class Topic {
  readonly #followers = new Map<string, Set<() => void>>();

  publish(key: string): void {
    for (const wake of this.#followers.get(key) ?? []) wake();
  }

  /** Calls `wake` at each change until the returned function is called. */
  follow(key: string, wake: () => void): () => void {
    const followers = this.#followers.get(key) ?? new Set();
    followers.add(wake);
    this.#followers.set(key, followers);
    return () => {
      followers.delete(wake);
      if (followers.size === 0 && this.#followers.get(key) === followers) this.#followers.delete(key);
    };
  }
}
