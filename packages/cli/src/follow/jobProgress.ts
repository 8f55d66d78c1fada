import type { JobEvent } from '@berth/client';
import type { Job, LogEntry, Phase } from '@berth/protocol';

export type Diagnostic = Extract<LogEntry, { kind: 'diagnostic' }>;
export type ResourceEntry = Extract<LogEntry, { kind: 'resource' }>;
type Summary = Extract<LogEntry, { kind: 'summary' }>;

export interface PhaseProgress {
  phase: Phase;
  /** On the daemon's clock, like every time of the log. */
  startedAt: number;
  /** Null while it is under way. */
  endedAt: number | null;
}

export interface ResourceProgress {
  /** Its newest entry. */
  entry: ResourceEntry;
  startedAt: number;
}

/** How many of the last lines are kept for the view. */
const keptLines = 20;

/** What is known of a job that is followed: the newest attempt's phases and resources, and the job itself. */
export class JobProgress {
  job: Job | null = null;
  attempt = 0;
  phases: PhaseProgress[] = [];
  /** By address; planned ones that have not begun are left out. */
  resources = new Map<string, ResourceProgress>();
  diagnostics: Diagnostic[] = [];
  summary: Summary | null = null;
  /** The last lines of text. */
  lines: string[] = [];
  /** When the first event came, on this machine's clock; null before. */
  followedSince: number | null = null;
  #lastAt = 0;
  #lastArrived = 0;

  /** @param now this machine's clock, milliseconds */
  add(event: JobEvent, now: number): void {
    this.followedSince ??= now;
    if (event.type === 'job') {
      this.job = event.job;
      if (event.job.finishedAt !== null) this.#endPhase(this.daemonTime(now));
      return;
    }
    const { attempt, entry } = event.entry;
    if (attempt !== this.attempt) this.#beginAttempt(attempt);
    this.#lastAt = entry.at;
    this.#lastArrived = now;
    this.#addEntry(entry);
  }

  /**
   * The time on the daemon's clock: that of its last entry and what has passed here since. The two clocks are never
   * compared, so it does not matter how far apart they are.
   */
  daemonTime(now: number): number {
    return this.#lastAt + (now - this.#lastArrived);
  }

  #beginAttempt(attempt: number): void {
    this.attempt = attempt;
    this.phases = [];
    this.resources.clear();
    this.diagnostics = [];
    this.summary = null;
    this.lines = [];
  }

  #addEntry(entry: LogEntry): void {
    switch (entry.kind) {
      case 'phase':
        this.#endPhase(entry.at);
        this.phases.push({ phase: entry.phase, startedAt: entry.at, endedAt: null });
        break;
      case 'text':
        this.lines.push(entry.text);
        if (this.lines.length > keptLines) this.lines.shift();
        break;
      case 'resource': {
        if (entry.state === 'planned') break;
        const before = this.resources.get(entry.address);
        const startedAt = entry.state === 'started' ? entry.at : (before?.startedAt ?? entry.at);
        this.resources.set(entry.address, { entry, startedAt });
        break;
      }
      case 'diagnostic':
        // Terraform repeats some, such as "execution halted" once for each resource.
        if (!this.diagnostics.some(one => isSame(one, entry))) this.diagnostics.push(entry);
        break;
      case 'summary':
        this.summary = entry;
        break;
    }
  }

  #endPhase(at: number): void {
    const last = this.phases.at(-1);
    if (last !== undefined && last.endedAt === null) last.endedAt = at;
  }
}

function isSame(a: Diagnostic, b: Diagnostic): boolean {
  const keys = ['severity', 'summary', 'detail', 'address', 'file', 'line', 'snippet'] as const;
  return keys.every(key => a[key] === b[key]);
}
