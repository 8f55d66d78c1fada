import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AttemptSpec, Phase } from '@berth/protocol';
import {
  type AttemptFolder,
  createRedactor,
  type EngineEvent,
  type OperationContext,
  type Redactor,
  type RunHandle,
  type RunLimits,
  secondsSinceBoot,
  secretsOfValue,
} from '@berth/terraform';
import type { Logger } from 'pino';
import type { AttemptControl } from '../attempts/attemptJob.js';
import type { StopLever } from '../attempts/stopLever.js';
import type { AttemptJournal } from '../journal/attemptJournal.js';
import type { JournalContents } from '../journal/readJournal.js';
import { AttemptLog, type NewLogEntry } from '../logs/attemptLog.js';
import { engineEntries } from '../logs/engineEntries.js';
import { redactEntry } from '../logs/redactEntry.js';
import type { AttemptApi } from '../transfer/attemptApi.js';
import { HeldRun } from './heldRun.js';
import type { JobHost } from './jobHost.js';
import type { PreparedWork } from './preparedWork.js';

/** Spec of one type of job. */
export type SpecOf<T extends AttemptSpec['type']> = Extract<AttemptSpec, { type: T }>;

/** What the steps of one job work with. */
export class JobContext<S extends AttemptSpec = AttemptSpec> {
  readonly log: AttemptLog;
  readonly logger: Logger;
  /** An engine that can change something may have been started. */
  applyStarted = false;
  readonly #endings: (() => void)[] = [];
  readonly #shown: string[] = [];
  readonly #begunAt = secondsSinceBoot();
  #secrets: string[];
  #redactor: Redactor;
  #keepReason: string | null = null;
  #heldRun: HeldRun | null = null;

  constructor(
    readonly host: JobHost,
    readonly spec: S,
    readonly control: AttemptControl,
    readonly folder: AttemptFolder,
    readonly api: AttemptApi,
    readonly journal: AttemptJournal,
    /** The work directory if it was filled before the job was accepted. */
    readonly prepared: Promise<PreparedWork | null>,
    /** What the journal said, when an earlier process began the attempt. */
    readonly left: JournalContents | null,
  ) {
    const { job, attempt } = spec;
    this.logger = host.logger.child({ job, attempt });
    const sensitive = spec.variables.filter(variable => variable.sensitive);
    this.#secrets = [
      ...host.secrets(),
      ...[spec.token, ...(left?.secrets ?? [])],
      ...sensitive.flatMap(variable => secretsOfValue(variable.value)),
    ];
    this.#redactor = createRedactor(this.#secrets);
    this.log = new AttemptLog({
      path: join(folder.path, 'log'),
      begin: left === null ? 'anew' : 'again',
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

  /**
   * Notes that an apply may start; resolves once that is on the disk.
   *
   * @throws BerthError `data_dir_unusable`
   */
  async noteApply(): Promise<void> {
    this.journal.note({ fact: 'apply_may_start' });
    await this.journal.sync();
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
    this.journal.note({ fact: 'secrets', values: [...secrets] });
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

  /** Writes what every engine of this job reads as its CLI configuration. What is not initialised needs no sources in it. */
  writeCliConfig(text = 'disable_checkpoint = true\n'): void {
    writeFileSync(this.folder.cliConfig, text);
  }

  /**
   * What each engine of this job is run with: it lives as long as the coordinator is heard of, and stops by the lever.
   *
   * @param adoptable a later process goes on with the run: where its output has been dealt with is kept
   */
  operation(adoptable: boolean): OperationContext {
    const { host, spec, control } = this;
    return {
      engine: host.engine,
      folder: this.folder,
      env: host.environment,
      sandbox: host.sandbox,
      readable: this.#shown,
      leaseDeadline: () => control.acknowledgedAt + spec.holdMs / 1000,
      ladder: { ...host.ladder, graceMs: spec.cancelGraceMs },
      limits: this.#runLimits(),
      onStart: run => this.holdRun(run),
      redactor: this.redactor,
      onEvents: (events, end) => this.onEvents(events, adoptable ? end : 0),
    };
  }

  #runLimits(): RunLimits {
    const { buildTimeoutMs, noOutputTimeoutMs } = this.host.limits;
    const deadline = buildTimeoutMs === undefined ? undefined : this.#begunAt + buildTimeoutMs / 1000;
    return { deadline, silenceMs: noOutputTimeoutMs };
  }

  /** The lever stops this run from now on, and each acknowledgement renews its lease. */
  holdRun(run: RunHandle): void {
    this.#heldRun = new HeldRun(run, this.logger);
    this.lever.hold(this.#heldRun);
    const holdSeconds = this.spec.holdMs / 1000;
    this.control.onAcknowledged(at => this.#heldRun?.renewLease(at + holdSeconds));
  }

  /** The run has ended. */
  releaseRun(): void {
    this.lever.letGo();
    this.control.onAcknowledged(null);
    this.#heldRun?.close();
    this.#heldRun = null;
  }

  /**
   * When this has returned, the engine's output may be forgotten up to `end`: the entries must be on disk. Secrets were
   * replaced before long texts were cut.
   */
  onEvents(events: EngineEvent[], end: number): void {
    this.log.addOutput(events.flatMap(engineEntries), end);
  }
}
