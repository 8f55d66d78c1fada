import { CapturedBytes } from './capturedBytes.js';
import { isNumberEnd, nextInNumber, numberStart } from './jsonNumber.js';

/** What to do with the value of a member: pass it over, collect its text, or visit its own members. */
export type Interest = 'skip' | 'capture' | 'enter';

/** Is told of the members of those objects and arrays that it chose to enter; the outermost is always entered. */
export interface JsonVisitor {
  /** A member begins: key of an object, index of an array. `enter` on what is neither passes it over. */
  member(key: string | number): Interest;
  /** The JSON text of the member that was chosen for capture. */
  captured(text: string): void;
  /** The value of the last member is an object or array and is visited now. */
  entered(): void;
  /** The object or array that was entered last has ended. */
  left(): void;
}

export type JsonProblem = 'truncated' | 'malformed' | 'too_deep';

/** How a text ended; `offset` is the byte at which it was no JSON any more. */
export type JsonEnd = { ok: true } | { ok: false; problem: JsonProblem; offset: number };

/** As Go's encoding/json, so that what passes here is not refused by the engine. */
const DEEPEST = 10_000;

const State = {
  value: 0,
  firstItem: 1,
  firstKey: 2,
  key: 3,
  colon: 4,
  afterValue: 5,
  done: 6,
  string: 7,
  escape: 8,
  hex: 9,
  number: 10,
  literal: 11,
} as const;
type State = (typeof State)[keyof typeof State];

const OBJECT = 1;
const ARRAY = 2;

const literals: ReadonlyMap<number, string> = new Map([
  [0x74, 'true'],
  [0x66, 'false'],
  [0x6e, 'null'],
]);

/**
 * A strict JSON parser (RFC 8259) over bytes that arrive in chunks. It builds nothing but what its visitor asks for, so
 * that its memory does not grow with the text. Bytes above 0x7f inside strings are not checked to be UTF-8.
 */
export class JsonScanner {
  private state: State = State.value;
  private failure: { problem: JsonProblem; offset: number } | null = null;
  /** Offset of the current chunk. */
  private base = 0;
  /** Kinds of the open objects and arrays. */
  private open = new Uint8Array(64);
  private depth = 0;
  /** How many of the open ones are visited; they are always the outermost. */
  private visited = 0;
  /** Next index of each visited array. */
  private readonly indexes: number[] = [];
  private interest: Interest = 'enter';
  private stringIsKey = false;
  private hexLeft = 0;
  private numberState = 0;
  private literal = '';
  private literalAt = 0;
  private readonly key = new CapturedBytes();
  private readonly value = new CapturedBytes();
  /** Depth at which the captured value stands. */
  private captureDepth = -1;

  constructor(private readonly visitor: JsonVisitor) {}

  /** Reads the next bytes. The chunk may be used again afterwards. */
  push(chunk: Buffer): void {
    if (this.failure !== null) return;
    let i = 0;
    while (i < chunk.length) i = this.step(chunk, i);
    this.key.keep(chunk);
    this.value.keep(chunk);
    this.base += chunk.length;
  }

  /** To be called after the last bytes. */
  end(): JsonEnd {
    if (this.failure !== null) return { ok: false, ...this.failure };
    // A number ends with the text.
    const done = this.state === State.number && this.depth === 0 ? isNumberEnd(this.numberState) : false;
    if (this.state === State.done || done) return { ok: true };
    return { ok: false, problem: 'truncated', offset: this.base };
  }

  /** Whether it has been found to be no JSON. */
  get failed(): boolean {
    return this.failure !== null;
  }

  /** Reads on from `i`; returns where the next step begins. */
  private step(chunk: Buffer, i: number): number {
    const c = chunk[i] ?? 0;
    switch (this.state) {
      case State.string:
        return this.inString(chunk, i);
      case State.escape:
        if (c !== 0x75 && !isEscape(c)) return this.fail('malformed', i);
        this.state = c === 0x75 ? State.hex : State.string;
        this.hexLeft = 4;
        return i + 1;
      case State.hex:
        if (!isHex(c)) return this.fail('malformed', i);
        if (--this.hexLeft === 0) this.state = State.string;
        return i + 1;
      case State.number:
        return this.inNumber(chunk, c, i);
      case State.literal:
        if (c !== this.literal.charCodeAt(this.literalAt)) return this.fail('malformed', i);
        if (++this.literalAt === this.literal.length) this.endValue(chunk, i + 1);
        return i + 1;
      default: {
        const at = endOfSpace(chunk, i);
        if (at === chunk.length) return at;
        return this.structure(chunk, chunk[at] ?? 0, at) ? at + 1 : this.fail('malformed', at);
      }
    }
  }

  private inString(chunk: Buffer, i: number): number {
    const at = endOfPlain(chunk, i);
    if (at === chunk.length) return at;
    if (chunk[at] === 0x22) {
      this.endString(chunk, at);
    } else if (chunk[at] === 0x5c) {
      this.state = State.escape;
      if (this.stringIsKey) this.key.escaped = true;
    } else {
      return this.fail('malformed', at);
    }
    return at + 1;
  }

  private inNumber(chunk: Buffer, c: number, i: number): number {
    const next = nextInNumber(this.numberState, c);
    if (next === 0) {
      if (!isNumberEnd(this.numberState)) return this.fail('malformed', i);
      this.endValue(chunk, i);
      return i;
    }
    this.numberState = next;
    return i + 1;
  }

  /** A character between tokens; false where it must not stand. */
  private structure(chunk: Buffer, c: number, i: number): boolean {
    switch (this.state) {
      case State.afterValue:
        if (c !== 0x2c) return this.close(chunk, c, i);
        this.state = this.open[this.depth - 1] === OBJECT ? State.key : State.value;
        return true;
      case State.firstKey:
        return c === 0x7d ? this.close(chunk, c, i) : this.beginKey(c, i);
      case State.key:
        return this.beginKey(c, i);
      case State.colon:
        this.state = State.value;
        return c === 0x3a;
      case State.firstItem:
        return c === 0x5d ? this.close(chunk, c, i) : this.beginValue(c, i);
      case State.value:
        return this.beginValue(c, i);
      default:
        return false;
    }
  }

  private beginKey(c: number, i: number): boolean {
    if (c !== 0x22) return false;
    this.stringIsKey = true;
    this.state = State.string;
    if (this.depth === this.visited) this.key.begin(i + 1);
    return true;
  }

  private beginValue(c: number, i: number): boolean {
    if (this.depth === this.visited && this.depth > 0) this.beginMember(i);
    if (c === 0x22) {
      this.stringIsKey = false;
      this.state = State.string;
    } else if (c === 0x7b || c === 0x5b) {
      if (this.depth === DEEPEST) {
        this.fail('too_deep', i);
        return false;
      }
      this.openContainer(c === 0x7b ? OBJECT : ARRAY);
    } else if (literals.has(c)) {
      this.literal = literals.get(c) ?? '';
      this.literalAt = 1;
      this.state = State.literal;
    } else {
      this.numberState = numberStart(c);
      if (this.numberState === 0) return false;
      this.state = State.number;
    }
    return true;
  }

  /** Asks the visitor what to do with the value that begins here. */
  private beginMember(i: number): void {
    if (this.open[this.depth - 1] === ARRAY) {
      const index = this.indexes[this.visited - 1] ?? 0;
      this.indexes[this.visited - 1] = index + 1;
      this.interest = this.visitor.member(index);
    }
    if (this.interest === 'capture') {
      this.value.begin(i);
      this.captureDepth = this.depth;
    }
  }

  private openContainer(kind: number): void {
    if (this.depth === this.open.length) {
      const larger = new Uint8Array(this.open.length * 2);
      larger.set(this.open);
      this.open = larger;
    }
    const enter = this.depth === this.visited && this.interest === 'enter';
    this.open[this.depth++] = kind;
    this.state = kind === OBJECT ? State.firstKey : State.firstItem;
    if (!enter) return;
    this.visited++;
    this.indexes[this.visited - 1] = 0;
    this.visitor.entered();
  }

  private close(chunk: Buffer, c: number, i: number): boolean {
    const kind = c === 0x7d ? OBJECT : c === 0x5d ? ARRAY : 0;
    if (this.depth === 0 || this.open[this.depth - 1] !== kind) return false;
    if (this.depth === this.visited) {
      this.visited--;
      this.visitor.left();
    }
    this.depth--;
    this.endValue(chunk, i + 1);
    return true;
  }

  private endString(chunk: Buffer, i: number): void {
    if (this.stringIsKey) {
      this.state = State.colon;
      if (this.depth === this.visited) this.interest = this.visitor.member(this.key.endKey(chunk, i));
    } else {
      this.endValue(chunk, i + 1);
    }
  }

  /** A value ended before `i`. */
  private endValue(chunk: Buffer, i: number): void {
    this.state = this.depth === 0 ? State.done : State.afterValue;
    if (this.depth !== this.captureDepth) return;
    this.captureDepth = -1;
    this.visitor.captured(this.value.end(chunk, i));
  }

  /** Notes the first failure; returns a position behind every chunk. */
  private fail(problem: JsonProblem, i: number): number {
    this.failure ??= { problem, offset: this.base + i };
    return Number.POSITIVE_INFINITY;
  }
}

/** First position from `i` on that is no white space. */
function endOfSpace(chunk: Buffer, i: number): number {
  let at = i;
  while (at < chunk.length) {
    const c = chunk[at] ?? 0;
    if (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) return at;
    at++;
  }
  return at;
}

/** First position from `i` on that is a quote, a backslash or a control character. */
function endOfPlain(chunk: Buffer, i: number): number {
  const length = chunk.length;
  let at = i;
  while (at < length) {
    const c = chunk[at] ?? 0;
    if (c === 0x22 || c === 0x5c || c < 0x20) return at;
    at++;
  }
  return at;
}

/** The characters that may follow a backslash, `u` apart. */
function isEscape(c: number): boolean {
  return c === 0x22 || c === 0x5c || c === 0x2f || c === 0x62 || c === 0x66 || c === 0x6e || c === 0x72 || c === 0x74;
}

function isHex(c: number): boolean {
  return (c >= 0x30 && c <= 0x39) || (c >= 0x41 && c <= 0x46) || (c >= 0x61 && c <= 0x66);
}
