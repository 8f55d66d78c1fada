/**
 * The Ctrl-Cs of one command. From its making until `close` none of them ends the process: each is given to whoever
 * waits for the next one, and kept for the next who does.
 */
export class Interrupts {
  #kept = 0;
  #act: (() => void) | null = null;
  readonly #onSignal = () => {
    const act = this.#act;
    this.#act = null;
    if (act === null) this.#kept++;
    else act();
  };

  constructor() {
    process.on('SIGINT', this.#onSignal);
  }

  /** Calls `act` on the next interrupt, at once if one was kept. Takes the place of an earlier call. */
  onNext(act: () => void): void {
    this.#act = act;
    if (this.#kept === 0) return;
    this.#kept--;
    this.#onSignal();
  }

  /** Nobody waits any more, and none was kept. */
  reset(): void {
    this.#act = null;
    this.#kept = 0;
  }

  close(): void {
    process.removeListener('SIGINT', this.#onSignal);
  }
}
