import { type LogEntry, limits, type Phase } from '@berth/protocol';
import { LogSender } from './logSender.js';
import type { Spooled } from './scanSpool.js';
import { Spool } from './spool.js';

/** A log entry before it has a number, a time and a phase. */
export type NewLogEntry = LogEntry extends infer E
  ? E extends LogEntry
    ? Omit<E, 'n' | 'at' | 'phase'>
    : never
  : never;

interface AttemptLogOptions {
  /** File for the entries until they are acknowledged. */
  path: string;
  /** `anew`, or `again` to go on with what an earlier process has left in the file. */
  begin: 'anew' | 'again';
  /** Sends a batch (a JSON text) and returns the number of the last entry stored; tries again by itself. */
  send: (batch: string) => Promise<number>;
  /** How long entries are gathered before they are sent. */
  gatherMs: number;
  /** The most that waits for the coordinator on disk; 64 MiB unless given. */
  waitingBytes?: number | undefined;
  /** Is told when the disk takes no more entries, and with null when it does again. */
  onDiskTrouble: (error: unknown) => void;
}

/** What is gathered goes out at this size at the latest, and no batch is larger. */
const BATCH_BYTES = 256 * 1024;

/**
 * The most that waits for the coordinator on disk: the head of what came while it was away. Of the rest the newest part
 * is held in memory.
 */
const WAITING_BYTES = limits.jobLogBytes;
const NEWEST_BYTES = 2 * 1024 * 1024;

/**
 * The log of one attempt: numbers its entries and hands them to the coordinator in order, one batch at a time, gathered
 * for a moment: the whole log of a short build goes with its terminal message. In memory are what was
 * gathered and the batch on its way, however long the coordinator takes: the rest is in the spool. What the spool has no
 * room for is dropped, but for the newest part, and its number is told.
 *
 * Open until {@link close}; timer: `gatherMs` from the first entry that is gathered.
 */
export class AttemptLog {
  /** Phase of the entries to come. */
  phase: Phase = 'fetch';
  readonly #spool: Spool;
  readonly #sender: LogSender;
  #gathered: string[] = [];
  #gatheredBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #lastNumber: number;
  #followed: number;
  /** What the last mark in the spool says. */
  #marked: number;
  #sending: Promise<void> | null = null;
  #failure: unknown = null;
  /** What finds no room: the newest entries without their numbers, and how many were dropped before them. */
  readonly #newest: string[] = [];
  #newestBytes = 0;
  #dropped = 0;
  #closed = false;

  constructor(private readonly options: AttemptLogOptions) {
    this.#spool = new Spool(options.path, options.begin, options.onDiskTrouble);
    this.#lastNumber = this.#spool.found.lastNumber;
    this.#followed = this.#marked = this.#spool.found.followed;
    this.#sender = new LogSender(this.#spool, options.send, BATCH_BYTES);
  }

  /** What an earlier process has left in the file. */
  get found(): Spooled {
    return this.#spool.found;
  }

  add(entry: NewLogEntry): void {
    this.#number(entry);
    if (this.#gatheredBytes >= BATCH_BYTES) this.#hand();
    else this.#handSoon();
  }

  /**
   * Adds what the engine said and puts it on disk, so that its output may be forgotten.
   *
   * @param followed where a later process would go on in the output: it becomes valid together with the entries
   */
  addOutput(entries: readonly NewLogEntry[], followed: number): void {
    for (const entry of entries) this.#number(entry);
    this.#followed = followed;
    this.spool();
    if (!this.#sender.isDone) this.#handSoon();
  }

  /** Puts what was gathered on disk. It is sent in its time. */
  spool(): void {
    if (this.#closed || (this.#gathered.length === 0 && this.#followed === this.#marked)) return;
    this.#spool.append(this.#gathered.join(''), this.#followed);
    this.#marked = this.#followed;
    this.#gathered = [];
    this.#gatheredBytes = 0;
  }

  /**
   * Sends what there is and resolves once every entry is acknowledged.
   *
   * @throws what ended the sending for good: nothing more of the log will be sent
   */
  async flush(): Promise<void> {
    this.#hand();
    while (this.#sending !== null) await this.#sending;
    // What found no room has some now.
    this.#takeBack();
    this.#hand();
    while (this.#sending !== null) await this.#sending;
    if (this.#failure !== null) throw this.#failure;
  }

  /**
   * Gives the entries that wait, to be sent in another way, if that is all that is to be sent and it fits into
   * `mostBytes`; else nothing, and {@link flush} sends them. They stay on disk, and a flush sends them too.
   */
  takeRest(mostBytes: number): LogEntry[] {
    if (this.#sending !== null || this.#failure !== null || this.#newest.length > 0) return [];
    this.spool();
    if (this.#sender.waitingBytes > mostBytes) return [];
    clearTimeout(this.#timer);
    this.#timer = undefined;
    return this.#sender.waiting().map(line => JSON.parse(line));
  }

  /** Nothing is sent any more; what was gathered is on disk. Twice is fine. */
  close(): void {
    if (this.#closed) return;
    // A later process has no other way to it.
    if (!this.#spool.isFull) this.#takeBackAll();
    this.spool();
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#spool.close();
  }

  #number(entry: NewLogEntry): void {
    const fields = JSON.stringify({ at: Date.now(), phase: this.phase, ...entry }).slice(1);
    if (this.#hasRoom) {
      this.#takeBack();
      this.#gather(fields);
      return;
    }
    this.#newest.push(fields);
    this.#newestBytes += fields.length;
    while (this.#newestBytes > NEWEST_BYTES) {
      this.#newestBytes -= this.#newest.shift()?.length ?? 0;
      this.#dropped += 1;
    }
  }

  #gather(fields: string): void {
    this.#lastNumber += 1;
    const line = `{"n":${this.#lastNumber},${fields}\n`;
    this.#gathered.push(line);
    this.#gatheredBytes += line.length;
  }

  get #hasRoom(): boolean {
    return (
      !this.#spool.isFull &&
      this.#sender.waitingBytes + this.#gatheredBytes < (this.options.waitingBytes ?? WAITING_BYTES)
    );
  }

  /** There is room again for what found none. What was dropped is not missed in silence. */
  #takeBack(): void {
    if (this.#newest.length > 0 && this.#hasRoom) this.#takeBackAll();
  }

  #takeBackAll(): void {
    if (this.#dropped > 0) {
      const text = `${this.#dropped} log entries were dropped here: the coordinator was away, and the daemon keeps no more`;
      const entry = { kind: 'text', source: 'daemon', level: 'warning', text, address: null };
      this.#gather(JSON.stringify({ at: Date.now(), phase: this.phase, ...entry }).slice(1));
    }
    for (const fields of this.#newest.splice(0)) this.#gather(fields);
    this.#newestBytes = 0;
    this.#dropped = 0;
  }

  #handSoon(): void {
    this.#timer ??= setTimeout(() => this.#hand(), this.options.gatherMs);
  }

  /** Sees to it that everything is sent. */
  #hand(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#closed) return;
    this.spool();
    if (!this.#sender.isDone && this.#failure === null) this.#sending ??= this.#sendAll();
  }

  async #sendAll(): Promise<void> {
    try {
      while (!this.#closed && !this.#sender.isDone) await this.#sender.sendNext();
    } catch (error) {
      this.#failure = error;
    }
    // In the same step as the last look at the spool, so that no entry can come between.
    this.#sending = null;
  }
}
