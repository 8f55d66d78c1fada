import { limits } from '@berth/protocol';
import { Parser, type ReadEntry } from 'tar';
import { EntryNames, type NamedEntry } from './entryNames.js';
import { refused } from './refused.js';

/** A tar file is made of blocks of this size. */
const BLOCK = 512;

export interface CheckedArchive {
  /** Files, folders and links. */
  entries: number;
  /** The files' sizes added up. */
  sizeBytes: number;
}

/**
 * Checks the bytes of a tar file as they come. They pass through the same parser that will unpack them, so that both see
 * the same names; entry bodies in one piece, everything else block by block, so that the place of the end is known.
 */
export class TarCheck {
  readonly #names = new EntryNames();
  readonly #parser: Parser;
  readonly #shownAs: string;
  #rest: Buffer<ArrayBufferLike> = Buffer.alloc(0);
  #entry: ReadEntry | null = null;
  #entries = 0;
  #sizeBytes = 0;
  #bytes = 0;
  #ended = false;
  #failure: unknown = null;

  /** @param shownAs names the archive where no entry is to blame */
  constructor(shownAs: string) {
    this.#shownAs = shownAs;
    this.#parser = new Parser({ strict: true, onReadEntry: entry => this.#onEntry(entry) });
    this.#parser.on('ignoredEntry', (entry: ReadEntry) => {
      this.#fail(refused(entry.path, `is of a kind that no template may hold (${entry.type})`));
    });
    this.#parser.on('error', (cause: unknown) => {
      this.#fail(refused(this.#place(), 'is not in the tar format', { cause }));
    });
    this.#parser.on('eof', () => {
      this.#ended = true;
    });
  }

  /** @throws BerthError `archive_refused` */
  write(chunk: Buffer): void {
    this.#countBytes(chunk.length);
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (bytes.length >= BLOCK && !this.#ended) bytes = bytes.subarray(this.#parseSome(bytes));
    if (this.#ended && !isZero(bytes)) throw refused(this.#shownAs, 'goes on after the end of its tar data');
    this.#rest = this.#ended ? Buffer.alloc(0) : bytes;
  }

  /** @throws BerthError `archive_refused` when the archive is not at its end */
  end(): CheckedArchive {
    if (!this.#ended || this.#bytes % BLOCK !== 0) throw refused(this.#place(), 'is where the archive is cut off');
    if (this.#entries === 0) throw refused(this.#shownAs, 'is empty');
    return { entries: this.#entries, sizeBytes: this.#sizeBytes };
  }

  /** Gives the parser one header block, or as much as there is of a body; returns how many bytes that was. */
  #parseSome(bytes: Buffer): number {
    // Compressed data inside would be unpacked by the parser without being counted here.
    if (this.#entry === null && isCompressed(bytes)) throw refused(this.#shownAs, 'is compressed twice');
    const blocks = bytes.length - (bytes.length % BLOCK);
    const length = Math.min(blocks, Math.max(this.#entry?.blockRemain ?? 0, BLOCK));
    this.#parser.write(bytes.subarray(0, length));
    if (this.#failure !== null) throw this.#failure;
    return length;
  }

  /** A bomb may hide in headers as well as in bodies: all that comes out of gzip counts. */
  #countBytes(length: number): void {
    this.#bytes += length;
    const most = limits.archiveUnpackedBytes + limits.archiveEntries * 4 * BLOCK;
    if (this.#bytes > most) throw this.#tooLarge();
  }

  #onEntry(entry: ReadEntry): void {
    this.#entry = entry;
    entry.resume();
    try {
      this.#names.check(namedEntry(entry));
      this.#entries += 1;
      if (this.#entries > limits.archiveEntries) {
        throw refused(entry.path, `is more than the ${limits.archiveEntries} entries that an archive may have`);
      }
      this.#sizeBytes += entry.size;
      if (this.#sizeBytes > limits.archiveUnpackedBytes) throw this.#tooLarge();
    } catch (error) {
      this.#fail(error);
    }
  }

  #tooLarge(): Error {
    return refused(
      this.#place(),
      `makes the archive larger than ${limits.archiveUnpackedBytes / 1024 ** 2} MiB unpacked`,
    );
  }

  #place(): string {
    return this.#entry?.path ?? this.#shownAs;
  }

  /** The parser's events cannot throw through it. The first failure counts. */
  #fail(error: unknown): void {
    this.#failure ??= error;
  }
}

function namedEntry(entry: ReadEntry): NamedEntry {
  const kind = kinds[entry.type];
  if (kind === undefined) throw refused(entry.path, `is of a kind that no template may hold (${entry.type})`);
  return { path: entry.path, kind, target: entry.linkpath ?? '' };
}

const kinds: Partial<Record<ReadEntry['type'], NamedEntry['kind']>> = {
  File: 'file',
  OldFile: 'file',
  ContiguousFile: 'file',
  Directory: 'folder',
  SymbolicLink: 'symbolic_link',
  Link: 'hard_link',
};

function isZero(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; at += zeros.length) {
    const piece = bytes.subarray(at, at + zeros.length);
    if (!piece.equals(zeros.subarray(0, piece.length))) return false;
  }
  return true;
}

const zeros = Buffer.alloc(16 * 1024);

/** Whether data begins as gzip or zstd does. */
function isCompressed(bytes: Buffer): boolean {
  return (bytes[0] === 0x1f && bytes[1] === 0x8b) || bytes.subarray(0, 4).equals(Buffer.from([0x28, 0xb5, 0x2f, 0xfd]));
}
