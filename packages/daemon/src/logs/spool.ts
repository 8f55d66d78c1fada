import { closeSync, constants, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { HolePuncher } from '@berth/terraform';
import { nothingSpooled, type Spooled, scanSpool } from './scanSpool.js';

const { O_CREAT, O_RDWR, O_TRUNC } = constants;

/** The most that is held in memory while the disk takes nothing. */
const TAIL_BYTES = 8 * 1024 * 1024;

/**
 * A file of lines in the attempt's folder: entries that wait for their acknowledgement need no memory here and outlive
 * this process. Written and read in the same breath as the caller, which keeps their order without a queue; both go to
 * the page cache and take some 20 µs for a batch.
 *
 * Each append ends with a mark: how far the engine's output had been dealt with by then, so that lines and mark become
 * valid together. What stands after the last mark was cut off by the end of a process and counts for nothing.
 *
 * What the disk does not take is held in memory and written as soon as it does; beyond {@link TAIL_BYTES} the spool is
 * full, and nothing may be appended.
 */
export class Spool {
  /** What an earlier process has left in the file. */
  readonly found: Spooled;
  readonly #file: number;
  readonly #holes: HolePuncher;
  #fileBytes: number;
  #tail: Buffer<ArrayBufferLike> = Buffer.alloc(0);
  #refused = false;

  /**
   * @param how `anew` for an empty one; `again` to go on with what an earlier process has left
   * @param onTrouble is told when the disk begins to refuse, and null when it takes again
   */
  constructor(
    path: string,
    how: 'anew' | 'again',
    private readonly onTrouble: (error: unknown) => void,
  ) {
    // In append mode a write could not be put in its place again.
    this.#file = openSync(path, O_RDWR | O_CREAT | (how === 'anew' ? O_TRUNC : 0), 0o600);
    this.#holes = new HolePuncher(path);
    this.found = how === 'anew' ? nothingSpooled : scanSpool(this.#file);
    this.#fileBytes = this.found.sizeBytes;
    if (how === 'again') ftruncateSync(this.#file, this.#fileBytes);
  }

  /** Size of all lines together. */
  get sizeBytes(): number {
    return this.#fileBytes + this.#tail.length;
  }

  get isFull(): boolean {
    return this.#tail.length >= TAIL_BYTES;
  }

  /**
   * Appends whole lines, each with its line break.
   *
   * @param followed offset in the engine's output behind what has been dealt with
   */
  append(lines: string, followed: number): void {
    const wasRefused = this.#refused;
    const bytes = Buffer.concat([this.#tail, Buffer.from(`${lines}=${followed}\n`)]);
    try {
      this.#writeBytes(bytes);
      this.#tail = Buffer.alloc(0);
      this.#refused = false;
      if (wasRefused) this.onTrouble(null);
    } catch (error) {
      this.#tail = bytes;
      this.#refused = true;
      if (!wasRefused) this.onTrouble(error);
    }
  }

  /**
   * Reads the lines from `offset` on that fit into `mostBytes`, and one at least if there is one.
   *
   * @returns the lines without marks and breaks, and the offset behind the last
   */
  read(offset: number, mostBytes: number): { lines: string[]; end: number } {
    for (let wanted = mostBytes; ; wanted *= 2) {
      const bytes = this.#readBytes(offset, wanted);
      const last = bytes.lastIndexOf(0x0a);
      if (last === -1 && offset + bytes.length < this.sizeBytes) continue;
      const lines = bytes.toString('utf8', 0, Math.max(last, 0)).split('\n');
      return { lines: lines.map(withoutHole).filter(isEntry), end: offset + last + 1 };
    }
  }

  /** Everything before `offset` has arrived: the disk gets it back, and the memory that held it for the disk. */
  release(offset: number): void {
    this.#holes.freeUpTo(Math.min(offset, this.#fileBytes));
    if (this.#tail.length === 0 || offset < this.sizeBytes) return;
    // The file gets a hole where it was.
    this.#fileBytes += this.#tail.length;
    this.#tail = Buffer.alloc(0);
  }

  close(): void {
    closeSync(this.#file);
  }

  /** What was written of bytes that did not go out whole is written over by the next. */
  #writeBytes(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; )
      at += writeSync(this.#file, bytes, at, bytes.length - at, this.#fileBytes + at);
    this.#fileBytes += bytes.length;
  }

  /** Lines never span file and tail, so neither does what is read at once. */
  #readBytes(offset: number, most: number): Buffer {
    if (offset >= this.#fileBytes)
      return this.#tail.subarray(offset - this.#fileBytes, offset - this.#fileBytes + most);
    const bytes = Buffer.allocUnsafe(Math.min(most, this.#fileBytes - offset));
    let at = 0;
    while (at < bytes.length) {
      const read = readSync(this.#file, bytes, at, bytes.length - at, offset + at);
      if (read === 0) break;
      at += read;
    }
    return bytes.subarray(0, at);
  }
}

/** A hole in the file reads as zeros before the line that follows it. */
function withoutHole(line: string): string {
  return line.startsWith('\0') ? line.replace(/^\0+/, '') : line;
}

/** Marks are none, and neither is the end of a line whose beginning was given back to the disk. */
function isEntry(line: string): boolean {
  return line.startsWith('{"n":');
}
