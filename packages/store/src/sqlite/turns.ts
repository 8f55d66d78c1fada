/** Lets one holder at a time go on, in the order in which they asked. */
export class Turns {
  #busy = false;
  readonly #waiting: (() => void)[] = [];

  /** Fulfilled when it is the caller's turn; must be given back by {@link end}. */
  async next(): Promise<void> {
    if (!this.#busy) {
      this.#busy = true;
      return;
    }
    await new Promise<void>(resolve => this.#waiting.push(resolve));
  }

  end(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#busy = false;
    else next();
  }
}
