/** Things that arrive, to be waited for: by whoever asks for one of a kind, in the order of their coming. */
export class Mailbox<T> {
  readonly all: T[] = [];
  readonly #unread: T[] = [];
  readonly #waiting: { wanted: (item: T) => boolean; resolve: (item: T) => void }[] = [];

  put(item: T): void {
    this.all.push(item);
    const at = this.#waiting.findIndex(({ wanted }) => wanted(item));
    if (at === -1) this.#unread.push(item);
    else this.#waiting.splice(at, 1)[0]?.resolve(item);
  }

  /** The first one that nobody has taken yet, now or when it comes. */
  take<S extends T>(wanted: (item: T) => item is S): Promise<S>;
  take(wanted: (item: T) => boolean): Promise<T>;
  take(wanted: (item: T) => boolean): Promise<T> {
    const at = this.#unread.findIndex(wanted);
    const found = at === -1 ? undefined : this.#unread.splice(at, 1)[0];
    if (found !== undefined) return Promise.resolve(found);
    return new Promise(resolve => this.#waiting.push({ wanted, resolve }));
  }
}
