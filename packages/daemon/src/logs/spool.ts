import { closeSync, openSync, readSync, writeSync } from 'node:fs';

/**
 * A file of lines in the attempt's folder: entries that wait for their acknowledgement need no memory here and outlive
 * this process. Written and read in the same breath as the caller, which keeps their order without a queue; both go to
 * the page cache and take some 20 µs for a batch.
 */
export class Spool {
  readonly #file: number;
  #sizeBytes = 0;

  /** @param path written anew */
  constructor(path: string) {
    this.#file = openSync(path, 'w+', 0o600);
  }

  /** Size of all lines together. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Appends whole lines, each with its line break. */
  append(lines: string): void {
    const bytes = Buffer.from(lines);
    for (let at = 0; at < bytes.length; ) {
      const written = writeSync(this.#file, bytes, at, bytes.length - at, this.#sizeBytes);
      at += written;
      this.#sizeBytes += written;
    }
  }

  /**
   * Reads the lines from `offset` on that fit into `mostBytes`, and one at least if there is one.
   *
   * @returns the lines without their breaks, and the offset behind the last
   */
  read(offset: number, mostBytes: number): { lines: string[]; end: number } {
    for (let wanted = mostBytes; ; wanted *= 2) {
      const bytes = this.#readBytes(offset, Math.min(wanted, this.#sizeBytes - offset));
      const last = bytes.lastIndexOf(0x0a);
      if (last === -1 && offset + bytes.length < this.#sizeBytes) continue;
      const text = bytes.toString('utf8', 0, Math.max(last, 0));
      return { lines: text === '' ? [] : text.split('\n'), end: offset + last + 1 };
    }
  }

  close(): void {
    closeSync(this.#file);
  }

  #readBytes(offset: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    let at = 0;
    while (at < length) {
      const read = readSync(this.#file, bytes, at, length - at, offset + at);
      if (read === 0) break;
      at += read;
    }
    return bytes.subarray(0, at);
  }
}
