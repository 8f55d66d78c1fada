import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AttemptSpec, Phase } from '@berth/protocol';
import {
  type AttemptFolder,
  createRedactor,
  type EngineEvent,
  type OperationContext,
  type Redactor,
  secretsOfValue,
} from '@berth/terraform';
import type { Logger } from 'pino';
import type { AttemptControl } from '../attempts/attemptJob.js';
import type { StopLever } from '../attempts/stopLever.js';
import { AttemptLog, type NewLogEntry } from '../logs/attemptLog.js';
import { engineEntries } from '../logs/engineEntries.js';
import { redactEntry } from '../logs/redactEntry.js';
import type { AttemptApi } from '../transfer/attemptApi.js';
import type { JobHost } from './jobHost.js';
import type { PreparedWork } from './preparedWork.js';

/** Spec of one type of job. */
export type SpecOf<T extends AttemptSpec['type']> = Extract<AttemptSpec, { type: T }>;

/** What the steps of one job work with. */
export class JobContext<S extends AttemptSpec = AttemptSpec> {
  readonly log: AttemptLog;
  readonly logger: Logger;
  readonly #endings: (() => void)[] = [];
  readonly #shown: string[] = [];
  #secrets: string[];
  #redactor: Redactor;
  #keepReason: string | null = null;

  constructor(
    readonly host: JobHost,
    readonly spec: S,
    readonly control: AttemptControl,
    readonly folder: AttemptFolder,
    readonly api: AttemptApi,
    /** The work directory if it was filled before the job was accepted. */
    readonly prepared: Promise<PreparedWork | null>,
  ) {
    const { job, attempt } = spec;
    this.logger = host.logger.child({ job, attempt });
    const sensitive = spec.variables.filter(variable => variable.sensitive);
    this.#secrets = [...host.secrets, spec.token, ...sensitive.flatMap(variable => secretsOfValue(variable.value))];
    this.#redactor = createRedactor(this.#secrets);
    this.log = new AttemptLog({
      path: join(folder.path, 'log'),
      send: batch => api.appendLog(batch, control.abandoned),
      gatherMs: host.timings.logGatherMs,
      onDiskTrouble: error => {
        if (error === null) this.logger.info('the disk takes log entries again');
        else this.logger.error({ err: error }, 'log entries are held in memory: they cannot be written to disk');
      },
    });
  }

  get lever(): StopLever {
    return this.control.lever;
  }

  /** Aborts when what is being fetched is needed no more. */
  get preparing(): AbortSignal {
    return AbortSignal.any([this.lever.signal, this.control.abandoned]);
  }

  /** Does the next step of the job, unless somebody has stopped it. Throws Stopped. */
  async step<T>(work: () => Promise<T>): Promise<T> {
    this.lever.throwIfPulled();
    return work();
  }

  /** Is called when the attempt is over. */
  onEnd(ending: () => void): void {
    this.#endings.push(ending);
  }

  /** The folder must not be removed with the attempt: something is in it that is nowhere else. */
  keepFolder(reason: string): void {
    this.#keepReason ??= reason;
  }

  /** Why the folder must stay; null when it may go. */
  get keepReason(): string | null {
    return this.#keepReason;
  }

  /** Lets go of everything. */
  close(): void {
    this.log.close();
    for (const ending of this.#endings) ending();
  }

  /** Keeps these out of everything that is logged from now on. */
  addSecrets(secrets: readonly string[]): void {
    if (secrets.length === 0) return;
    this.#secrets = [...this.#secrets, ...secrets];
    this.#redactor = createRedactor(this.#secrets);
  }

  /** Lets the engines of this job read a folder in their sandbox: the warm directory that the work directory leads to. */
  show(folder: string): void {
    this.#shown.push(folder);
  }

  redact(text: string): string {
    return this.#redactor.redact(text);
  }

  /** Knows every secret of the job, those too that are added later. */
  get redactor(): Redactor {
    return { redact: text => this.#redactor.redact(text), stream: () => this.#redactor.stream() };
  }

  enterPhase(phase: Phase): void {
    this.log.phase = phase;
    this.log.add({ kind: 'phase' });
    this.control.enterPhase(phase);
  }

  /** Says something in the job's log. */
  say(text: string, level: 'info' | 'warning' | 'error' = 'info'): void {
    this.addEntry({ kind: 'text', source: 'daemon', level, text, address: null });
  }

  addEntry(entry: NewLogEntry): void {
    this.log.add(redactEntry(entry, text => this.#redactor.redact(text)));
  }

  /** Writes what every engine of this job reads as its CLI configuration. */
  writeCliConfig(): void {
    writeFileSync(this.folder.cliConfig, this.host.warm.cliConfig);
  }

  /** What each engine of this job is run with: it lives as long as the coordinator is heard of, and stops by the lever. */
  operation(): OperationContext {
    const { host, spec, control } = this;
    const holdSeconds = spec.holdMs / 1000;
    return {
      engine: host.engine,
      folder: this.folder,
      env: host.environment,
      sandbox: host.sandbox,
      readable: this.#shown,
      leaseDeadline: () => control.acknowledgedAt + holdSeconds,
      ladder: { ...host.ladder, graceMs: spec.cancelGraceMs },
      onStart: run => {
        this.lever.hold({ stop: () => void run.stop(), stopHard: () => run.stopHard() });
        control.onAcknowledged(at => run.renewLease(at + holdSeconds));
      },
      redactor: this.redactor,
      onEvents: events => this.#onEvents(events),
    };
  }

  /**
   * When this has returned, the engine's output may be forgotten: the entries must be on disk. Secrets were replaced
   * before long texts were cut.
   */
  #onEvents(events: EngineEvent[]): void {
    for (const event of events) for (const entry of engineEntries(event)) this.log.add(entry);
    this.log.spool();
  }
}
