import type {
  AttemptOutcome,
  AttemptRef,
  AttemptResult,
  DaemonCapabilities,
  ErrorBody,
  JobFacts,
  JobLogEntry,
  JobRequirements,
  JobStatus,
  LogEntry,
  Page,
  Paged,
  ParameterValues,
  Phase,
  StateRef,
  Transition,
  VariableValue,
  Verdict,
} from '@berth/protocol';

/** The times by which an attempt and the coordinator that has lost sight of it judge each other; milliseconds. */
export interface JobTimes {
  /** How long the attempt runs on without the coordinator. */
  holdMs: number;
  /** How long after `unreachableSince` the coordinator gives it up. */
  lostAfterMs: number;
  /** From the first step of the stop ladder to its hard step. */
  cancelGraceMs: number;
}

/** A job with its facts and requirements. */
export interface JobRecord extends JobFacts, JobRequirements {
  id: string;
  organizationName: string;
  createdAt: number;
  /** Null for jobs that nobody asked for. */
  initiatorId: string | null;
  /** Owner of what the job is for: whose workspace it builds, who pushed the version. */
  ownerId: string;
  phase: Phase | null;
  /** Daemon of the present or last attempt. */
  daemon: { id: string; name: string } | null;
  error: ErrorBody | null;
  notes: string[];
  /** What the present or last attempt was told when it was accepted; null before the first. */
  times: JobTimes | null;
  /** When it is given up, unless its daemon comes back before; null unless it is unreachable. */
  giveUpAt: number | null;
}

/** An attempt as found by its token. */
export interface AttemptRecord extends AttemptRef {
  daemonId: string;
  /** It still owns its job: what it sends counts. */
  owns: boolean;
  /** It was fenced after it had been accepted: its final state is welcome as salvage. */
  maySalvage: boolean;
  /** Digest of the template archive. */
  archive: string;
  /** The state to build on. */
  state: StateRef | null;
}

/** Everything that the store knows for the spec of an attempt. */
export interface AttemptInput {
  job: JobRecord;
  template: { id: string; name: string };
  version: {
    id: string;
    name: string;
    archive: { digest: string; sizeBytes: number };
    lockFile: string | null;
    pinned: ParameterValues;
    /** Names of the variables declared sensitive. */
    sensitive: string[];
  };
  /** Of a template_import: values for its plan alone. */
  samples: ParameterValues;
  /** Of a workspace_build; the values that it alone was given are among its parameters. */
  build: {
    id: string;
    number: number;
    transition: Transition;
    workspace: { id: string; name: string };
    owner: { id: string; username: string; email: string };
    parameters: VariableValue[];
    state: StateRef | null;
  } | null;
  /** Of a template_dry_run. */
  dryRun: {
    transition: Transition;
    /** Null, as its owner is, for a workspace that there is not. */
    workspace: { id: string; name: string } | null;
    owner: { id: string; username: string; email: string } | null;
    /** That the next build would have. */
    number: number;
    parameters: VariableValue[];
    state: StateRef | null;
  } | null;
}

/** What comes with a terminal message in place of uploads before it. */
export interface Attached {
  /** Content of the outcome's state; null when it was uploaded. */
  state: Buffer | null;
  /** Null when it was uploaded. */
  result: AttemptResult | null;
  /** The last entries of the log. */
  log: readonly LogEntry[];
}

/** A change that the reaper made. */
export interface Reaped {
  job: JobRecord;
  what: 'offer_expired' | 'requeued' | 'unreachable' | 'failed' | 'canceled' | 'given_up';
  /** The attempt that it happened to. */
  attempt: number;
}

/** What has become of a fenced attempt's state. */
export interface Salvaged {
  /**
   * `adopted`: it is the state of the workspace now. `same`: the workspace has this content already. `kept`: it stands
   * beside the build, for an admin.
   */
  outcome: 'adopted' | 'same' | 'kept';
  /** Why it was only kept; null otherwise. */
  reason: 'later_build' | 'other_lineage' | 'older_serial' | 'workspace_deleted' | null;
  job: JobRecord;
}

/**
 * Jobs, their attempts and their queue. Each operation is one transaction that reads the job, asks the protocol's
 * `transition` what it becomes, and writes that: no other place knows the rules. An operation that names an attempt
 * throws `fenced` when the attempt does not own the job, and `not_found` when there is no such job.
 */
export interface JobStore {
  byId(id: string): Promise<JobRecord | null>;
  list(filter: { organizationId: string; status?: JobStatus | undefined }, page: Page): Promise<Paged<JobRecord>>;

  /**
   * Reserves the best pending job that the daemon may run, for an offer; null when there is none. "Best": what waits
   * over five minutes by age; then by priority class (builds asked for by people; imports and dry runs; automatic
   * builds), then fair share between initiators, then age. The archive and the lock file (null before the import) are
   * named by their sha256.
   */
  claim(
    daemon: DaemonCapabilities & { id: string },
    offerMs: number,
  ): Promise<{ job: JobRecord; archive: string; lockFile: string | null } | null>;
  /** Puts an offered job back to its old place. */
  withdrawOffer(ref: AttemptRef): Promise<JobRecord>;
  /**
   * The daemon takes the job, and its data directory is from then on the one that may say {@link notStarted}. May be
   * repeated; the token's hash is then the newer one.
   *
   * @param openGate opens the gate in the same transaction; left closed when a cancel request stands
   * @param times what the attempt is told. Kept with the job at the first accept, so that a repeated one gives what the
   *   first one gave, whatever the coordinator's settings are by then; the protocol's `timings` unless given
   */
  accept(
    ref: AttemptRef & { daemonId: string },
    with_: { leaseMs: number; tokenHash: string; openGate: boolean; times?: JobTimes | undefined },
  ): Promise<{ job: JobRecord; gateOpen: boolean }>;
  /** Opens the gate; true from then on. False, and closed for good, when a cancel request came first. */
  openGate(ref: AttemptRef): Promise<boolean>;
  /** Renews the leases of a daemon's attempts and says of each whether it still owns its job. */
  heartbeat(daemonId: string, attempts: readonly AttemptRef[], leaseMs: number): Promise<Verdict[]>;
  setPhase(ref: AttemptRef, phase: Phase): Promise<void>;
  /** Before the gate: the job goes to another daemon, with a note that says why. May be repeated. */
  handBack(ref: AttemptRef, reason: string): Promise<JobRecord>;
  /**
   * The journal of the attempt's data directory proves that no engine that can change anything was started: before the
   * gate or after it, reachable or not, the gate is closed again, the attempt fenced, and the job requeued at once (or
   * canceled, when that was asked for). May be repeated.
   *
   * @param by the daemon and the instance that it said hello with
   * @param lost the daemon died at it: counted as a lost attempt, of which a job has three
   * @throws BerthError `wrong_instance` when the attempt was accepted with another data directory: a fresh one knows nothing
   */
  notStarted(
    ref: AttemptRef,
    by: { daemonId: string; instance: string },
    reason: string,
    lost?: boolean,
  ): Promise<JobRecord>;
  /**
   * The one terminal message: state, result and status in one transaction. What the outcome names must have been uploaded
   * or be attached. Repeating the message of a settled attempt is answered as the first time. Throws `not_found` when the
   * state or the result that the outcome names is not there, `illegal_transition` for a success without the gate; and for
   * what is attached what its upload would throw: `digest_mismatch`, `invalid_request`, `log_gap`.
   *
   * A build, failed or not, ends with the outcome's state, else the attempt's newest snapshot, else the state it began with.
   * A successful `delete` deletes the workspace; a successful import stores its findings and makes the version active
   * when it was pushed so.
   */
  settle(ref: AttemptRef, outcome: AttemptOutcome, attached?: Attached): Promise<JobRecord>;
  requestCancel(jobId: string): Promise<JobRecord>;
  /**
   * Gives an unreachable attempt up before its time: the job fails, the attempt is fenced, its newest snapshot becomes the
   * state, and the workspace says that this may be incomplete.
   *
   * @param by name of the admin, for the note
   * @throws BerthError `illegal_transition` unless it is unreachable
   */
  release(jobId: string, by: string): Promise<JobRecord>;
  /**
   * Ends run-out offers and leases, and gives up (as {@link release}) what has been unreachable for its lost-after, by the
   * store's clock. Once a coordinator has beaten ({@link beat}), leases run out only while one beats: no time counts in
   * which none was there.
   *
   * @param leases false while no lease may run out, since its daemon had no chance to renew it: the coordinator has just
   *   started, or did not run for a while. Default true
   */
  reap(what?: { leases: boolean }): Promise<Reaped[]>;
  /**
   * A coordinator is alive and listening: said every 5 s, and first when it begins to listen. After a gap of more than 10 s
   * between the beats of all coordinators, the gap is added to every offer, lease and lost-after, and each lease lasts
   * for at least `leaseMs` from now.
   *
   * @param stalledMs for how long this coordinator's own event loop stood still since its last beat; added likewise when
   *   it is longer than 10 s
   * @returns what was added, milliseconds
   */
  beat(with_: { leaseMs: number; stalledMs?: number | undefined }): Promise<number>;
  /** Jobs that have waited for longer than this without an offer, oldest first: at most 100. */
  overdue(maxPendingMs: number): Promise<JobRecord[]>;
  /**
   * Fails a job that waits, with `pending_too_long`. Throws `illegal_transition` when it does not wait any more.
   *
   * @param why the message of its error: why nobody took it
   */
  expire(jobId: string, why: string): Promise<JobRecord>;

  attemptInput(jobId: string): Promise<AttemptInput | null>;
  attemptByToken(tokenHash: string): Promise<AttemptRecord | null>;
  /** Keeps an attempt's result until it is settled; a later one replaces it. Throws `limit_exceeded`, `invalid_request`. */
  saveResult(ref: AttemptRef, result: AttemptResult): Promise<void>;
  /** Remembers an uploaded state as the newest snapshot of a running attempt. */
  saveSnapshot(ref: AttemptRef, state: StateRef): Promise<void>;
  /**
   * Takes the uploaded final state of an attempt that was fenced. It becomes the workspace's state when no later build has
   * started, and there is no state, or it has the same lineage, at least its serial, and other content; else it is kept
   * beside the build. What becomes the state, or is the state already, ends the workspace's `stateIncomplete` of that
   * attempt. A later salvage of the attempt replaces the earlier one.
   *
   * @throws BerthError `not_found` when it was not uploaded; `invalid_request` for an attempt that was never accepted, owns
   *   its job still, was settled, or is of no build
   */
  saveSalvage(ref: AttemptRef, state: StateRef): Promise<Salvaged>;

  /** 1 for the job that a free slot would take next among those with the same requirements; 0 when it does not wait. */
  position(jobId: string): Promise<number>;
}

export interface LogStore {
  /**
   * Appends entries of an attempt and returns the number of the last one stored. Entries that are there already are
   * passed over. Throws `log_gap` when the first new entry does not follow the last.
   */
  append(ref: AttemptRef, entries: readonly LogEntry[]): Promise<number>;
  /**
   * Entries of all attempts with a `seq` above `after`, in order. Of a log that is longer than `limits.jobLogBytes` the
   * head and the tail are kept, one half of it each; between them stands a warning with the exact number of entries that
   * were dropped (after `after`).
   */
  read(jobId: string, after: number, limit: number): Promise<JobLogEntry[]>;
  /**
   * The same for who follows a log: `atLeast` entries, unless it ends before, and with them the others of the batch that
   * holds the last one (`limits.logBatchBytes`), which would otherwise be read and decompressed again for the next call.
   */
  readBatches(jobId: string, after: number, atLeast: number): Promise<JobLogEntry[]>;
}
