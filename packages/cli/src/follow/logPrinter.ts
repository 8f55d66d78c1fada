import type { JobEvent } from '@berth/client';
import type { Job, JobLogEntry } from '@berth/protocol';
import type { Colours } from '../output/colour.js';
import { clock } from '../output/time.js';
import { entryLines } from './entryLines.js';
import type { JobView } from './jobView.js';
import { waitingLines } from './waitingLines.js';

interface LogPrinterOptions {
  /** Takes a line of the log. */
  print: (line: string) => void;
  /** Takes what is said beside it. */
  tell: (line: string) => void;
  colours: Colours;
  timestamps: boolean;
  json: boolean;
}

/** Prints a job's log as data. Why a job waits, and that the coordinator is away, is said beside it. */
export class LogPrinter implements JobView {
  readonly #options: LogPrinterOptions;
  #said = '';

  constructor(options: LogPrinterOptions) {
    this.#options = options;
  }

  add(event: JobEvent): void {
    if (event.type === 'log') this.addEntry(event.entry);
    else this.#addJob(event.job);
  }

  addEntry(item: JobLogEntry): void {
    const { print, json, timestamps, colours } = this.#options;
    if (json) {
      print(JSON.stringify(item));
      return;
    }
    const prefix = timestamps ? `${colours.dim(clock(item.entry.at))} ` : '';
    for (const line of entryLines(item.entry, colours)) print(prefix + line);
  }

  setLost(reason: string | null): void {
    this.#options.tell(reason ?? 'The coordinator answers again.');
  }

  end(): string[] {
    return [];
  }

  #addJob({ waiting }: Job): void {
    if (waiting === null || waiting.message === this.#said) return;
    this.#said = waiting.message;
    for (const line of waitingLines(waiting)) this.#options.tell(`waiting: ${line}`);
  }
}
