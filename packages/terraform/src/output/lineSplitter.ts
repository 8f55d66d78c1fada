import { startsEmergencyDump } from './emergencyDump.js';
import { pieceLength } from './splitText.js';

/** A part of an output; offsets are in the output as a whole. */
export type OutputPart =
  /** A whole line, without its line break. */
  | { kind: 'line'; text: string }
  /** A part of a line that is too long to be held. */
  | { kind: 'piece'; text: string; last: boolean }
  /** The line with which the engine printed the state; its text is full of secrets and not given. */
  | { kind: 'emergency_dump'; offset: number; length: number };

/** Longest line that is held as a whole: an event with a 200 kB provisioner line is 400 kB. */
export const LINE_BYTES = 1024 * 1024;

const LF = 0x0a;
const CR = 0x0d;

/**
 * Cuts an output that arrives in chunks into lines, with at most {@link LINE_BYTES} of it held. States: at the start
 * of a line, in a held line, in a line given in pieces, in an emergency dump.
 */
export class LineSplitter {
  /** Bytes of the line so far that were not given out. */
  private held: Buffer[] = [];
  private heldBytes = 0;
  private state: 'held' | 'pieces' | 'dump' = 'held';
  /** Where the line began. */
  private lineStart: number;

  /** @param offset of the first chunk in the output */
  constructor(private offset = 0) {
    this.lineStart = offset;
  }

  /** The chunk may be used again afterwards. */
  push(chunk: Buffer): OutputPart[] {
    const parts: OutputPart[] = [];
    let start = 0;
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, start)) {
      this.take(chunk.subarray(start, end), parts);
      this.finishLine(parts, this.offset + end + 1);
      start = end + 1;
    }
    // A copy: it outlives the chunk.
    if (start < chunk.length) this.take(Buffer.from(chunk.subarray(start)), parts);
    this.offset += chunk.length;
    return parts;
  }

  /** Gives out what stands after the last line break. */
  end(): OutputPart[] {
    const parts: OutputPart[] = [];
    if (this.offset > this.lineStart) this.finishLine(parts, this.offset);
    return parts;
  }

  /** Everything before this offset has been given out. */
  get givenOut(): number {
    return this.state === 'dump' ? this.lineStart : this.offset - this.heldBytes;
  }

  private take(bytes: Buffer, parts: OutputPart[]): void {
    if (this.state === 'dump') return;
    this.held.push(bytes);
    this.heldBytes += bytes.length;
    if (this.heldBytes <= LINE_BYTES && this.state === 'held') return;
    const all = this.takeHeld();
    if (this.state === 'held' && startsEmergencyDump(all)) {
      this.state = 'dump';
      return;
    }
    this.state = 'pieces';
    this.givePieces(all, parts);
  }

  private finishLine(parts: OutputPart[], end: number): void {
    const bytes = this.takeHeld();
    if (this.state === 'dump' || (this.state === 'held' && startsEmergencyDump(bytes))) {
      parts.push({ kind: 'emergency_dump', offset: this.lineStart, length: end - this.lineStart });
    } else if (this.state === 'pieces') {
      parts.push({ kind: 'piece', text: bytes.toString('utf8'), last: true });
    } else {
      const length = bytes.at(-1) === CR ? bytes.length - 1 : bytes.length;
      parts.push({ kind: 'line', text: bytes.toString('utf8', 0, length) });
    }
    this.state = 'held';
    this.lineStart = end;
  }

  /** Gives out whole pieces and holds the rest, which is one piece at most. */
  private givePieces(bytes: Buffer, parts: OutputPart[]): void {
    let start = 0;
    for (;;) {
      const rest = bytes.subarray(start);
      const length = pieceLength(rest);
      if (length === rest.length) break;
      parts.push({ kind: 'piece', text: rest.toString('utf8', 0, length), last: false });
      start += length;
    }
    this.held = [bytes.subarray(start)];
    this.heldBytes = bytes.length - start;
  }

  private takeHeld(): Buffer {
    const [first] = this.held;
    const bytes = this.held.length === 1 && first !== undefined ? first : Buffer.concat(this.held);
    this.held = [];
    this.heldBytes = 0;
    return bytes;
  }
}
