import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

interface ProgramOptions {
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  /** What it prints is added to this file. */
  log: string;
  /** It is ready when what it printed since its start has a match. */
  ready: RegExp;
}

/** One process of a program of Berth, started as its users do. */
export class Program {
  readonly #process: ChildProcess;
  readonly #from: number;
  /** Nothing outlives a run that ends by an error. */
  readonly #kill = () => this.signal('SIGKILL');
  /** Resolves when it has ended, however. */
  readonly ended: Promise<number | string>;

  constructor(private readonly options: ProgramOptions) {
    const log = openSync(options.log, 'a');
    this.#from = readFileSync(options.log).length;
    this.#process = spawn(process.execPath, [...options.args], {
      env: { ...options.env },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    process.once('exit', this.#kill);
    this.ended = once(this.#process, 'exit').then(([code, signal]) => {
      process.off('exit', this.#kill);
      return code ?? signal;
    });
  }

  get pid(): number {
    if (this.#process.pid === undefined) throw new Error('the program did not start');
    return this.#process.pid;
  }

  get running(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  signal(signal: NodeJS.Signals): void {
    if (this.running) this.#process.kill(signal);
  }

  /** Sends the signal and waits for the end. */
  async end(signal: NodeJS.Signals): Promise<void> {
    // A stopped process gets nothing but SIGKILL.
    if (signal !== 'SIGKILL') this.signal('SIGCONT');
    this.signal(signal);
    await this.ended;
  }

  /** The first match of the ready line; null when it ended, or said nothing for `waitMs`. */
  async ready(waitMs: number): Promise<RegExpExecArray | null> {
    for (const until = Date.now() + waitMs; Date.now() < until && this.running; await delay(50)) {
      const match = this.options.ready.exec(readFileSync(this.options.log).subarray(this.#from).toString());
      if (match !== null) return match;
    }
    return null;
  }
}
