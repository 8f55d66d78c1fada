import type { JobEvent } from '@berth/client';
import type { Job, JobLogEntry } from '@berth/protocol';
import { makeColours } from '../output/colour.js';
import { entryLines } from './entryLines.js';
import type { JobView } from './jobView.js';
import { troubleLine, waitingLines } from './waitingLines.js';

/** The view for everything that is no terminal: one line for each thing that happens, none of them ever rewritten. */
export class PlainView implements JobView {
  readonly #write: (line: string) => void;
  #said: string | null = null;
  #daemon: string | null = null;
  #attempt = 0;

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  add(event: JobEvent): void {
    if (event.type === 'job') this.#addJob(event.job);
    else this.#addEntry(event.entry);
  }

  setLost(reason: string | null): void {
    this.#write(reason ?? 'The coordinator answers again.');
  }

  end(): string[] {
    return [];
  }

  #addEntry({ attempt, entry }: JobLogEntry): void {
    if (attempt > 1 && attempt !== this.#attempt) this.#write(`== attempt ${attempt}`);
    this.#attempt = attempt;
    for (const line of entryLines(entry, makeColours(false))) this.#write(line);
  }

  /** Says what changed: why it waits, who took it, that it is out of reach. The place in the queue alone is no news. */
  #addJob(job: Job): void {
    const news = job.waiting?.message ?? troubleLine(job);
    if (news !== this.#said) {
      this.#said = news;
      for (const line of newsLines(job)) this.#write(line);
    }
    if (job.daemon !== null && job.daemon.name !== this.#daemon) {
      this.#daemon = job.daemon.name;
      this.#write(`== daemon ${job.daemon.name}`);
    }
  }
}

function newsLines(job: Job): string[] {
  if (job.waiting !== null) return waitingLines(job.waiting).map(line => `waiting: ${line}`);
  const trouble = troubleLine(job);
  return trouble === null ? [] : [trouble];
}
