import { open } from 'node:fs/promises';
import { HolePuncher } from './holePuncher.js';
import { LineSplitter, type OutputPart } from './lineSplitter.js';

/** A step of reading: parts in order. */
export interface OutputBatch {
  parts: OutputPart[];
  /** Offset after the last part; reading may start again there. */
  end: number;
}

export interface OutputReaderOptions {
  /** File that a program appends to. */
  path: string;
  /** Settles when nothing more is appended. */
  ended: Promise<unknown>;
  /** Where to begin: the `end` of a batch that an earlier reader gave. */
  from?: number | undefined;
}

const CHUNK_BYTES = 256 * 1024;
/** Between two looks at a file that does not grow: short after news, then longer and longer. */
const SHORTEST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 250;

/**
 * Reads a growing file to its end, in bounded memory. It looks again and again instead of watching the file: a watch
 * reports every line, which costs the event loop more than the reading.
 *
 * What the caller has dealt with it may give back with {@link release}; the space on disk is then freed. An emergency
 * dump is never freed: it may be the only copy of a state.
 */
export class OutputReader {
  private hasEnded = false;
  private closed = false;
  private wake: () => void = () => undefined;
  private readonly puncher: HolePuncher;
  private firstDump = Number.POSITIVE_INFINITY;

  constructor(private readonly options: OutputReaderOptions) {
    this.puncher = new HolePuncher(options.path);
    const end = (): void => {
      this.hasEnded = true;
      this.wake();
    };
    options.ended.then(end, end);
  }

  /** Reads until the file has ended and has been read to its end, or the reader is closed. To be called once. */
  async *batches(): AsyncGenerator<OutputBatch, void, undefined> {
    const from = this.options.from ?? 0;
    const splitter = new LineSplitter(from);
    const file = await this.openFile();
    if (file === null) return;
    try {
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
      let offset = from;
      let pause = SHORTEST_PAUSE_MS;
      while (!this.closed) {
        // Asked before the read: what is appended until the end is then read for sure.
        const last = this.hasEnded;
        const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, offset);
        if (bytesRead > 0) {
          offset += bytesRead;
          pause = SHORTEST_PAUSE_MS;
          yield* this.batch(splitter, splitter.push(chunk.subarray(0, bytesRead)));
        } else if (last) {
          yield* this.batch(splitter, splitter.end());
          return;
        } else {
          await this.pause(pause);
          pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
        }
      }
    } finally {
      await file.close();
      await this.puncher.done();
    }
  }

  /** The caller needs nothing before `offset` (the `end` of a batch) any more, not even after a restart. */
  release(offset: number): void {
    this.puncher.freeUpTo(Math.min(offset, this.firstDump));
  }

  /** Ends {@link batches} at the next look. */
  close(): void {
    this.closed = true;
    this.wake();
  }

  private *batch(splitter: LineSplitter, parts: OutputPart[]): Generator<OutputBatch, void, undefined> {
    if (parts.length === 0) return;
    for (const part of parts) {
      if (part.kind === 'emergency_dump') this.firstDump = Math.min(this.firstDump, part.offset);
    }
    yield { parts, end: splitter.givenOut };
  }

  /** The supervisor makes the file a moment after it is started; null when the run ended without one. */
  private async openFile(): Promise<Awaited<ReturnType<typeof open>> | null> {
    while (!this.closed) {
      const last = this.hasEnded;
      try {
        return await open(this.options.path);
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
        if (last) return null;
      }
      await this.pause(SHORTEST_PAUSE_MS);
    }
    return null;
  }

  private async pause(ms: number): Promise<void> {
    if (this.hasEnded || this.closed) return;
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
