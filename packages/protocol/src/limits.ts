const KiB = 1024;
const MiB = 1024 * KiB;

/** Every size that Berth bounds, in one table. What is over is refused where the user is, never cut in silence. */
export const limits = {
  /** A template archive as sent (gzip). */
  archivePackedBytes: 100 * MiB,
  /** The files of a template archive, added up. */
  archiveUnpackedBytes: 1024 * MiB,
  archiveEntries: 20_000,
  stateBytes: 256 * MiB,
  /** One text of a log entry; longer lines are split into several entries. */
  logPieceBytes: 64 * KiB,
  /** The log of one job; beyond it the head and the tail are kept, with the number of entries dropped. */
  jobLogBytes: 64 * MiB,
  /** One upload of log entries. */
  logBatchBytes: 1 * MiB,
  /** One message on a daemon's socket. */
  frameBytes: 1 * MiB,
  /**
   * What may be attached to a terminal message, as JSON: half a second on a line of 1 Mbit/s, so that it delays no
   * heartbeat to speak of.
   */
  attachedBytes: 64 * KiB,
  /** The values of all variables of one build, as JSON: they travel in one socket message. */
  variablesBytes: 512 * KiB,
  /** The result of an attempt: resources and outputs, or an import's findings. */
  resultBytes: 16 * MiB,
  /** A JSON request body of the HTTP API. */
  requestBytes: 1 * MiB,
  readmeBytes: 256 * KiB,
  /** One row of a stored blob: a single row of 100 MB would stall every other statement. */
  blobChunkBytes: 1 * MiB,
  tags: 32,
  tagValueCharacters: 256,
} as const;

/** Intervals of the daemon protocol and of jobs, in milliseconds. */
export const timings = {
  heartbeatMs: 10_000,
  /** How long a job stays with a silent daemon before it is given to another (before the gate) or held (after it). */
  leaseMs: 45_000,
  /** How long a daemon has to accept an offer. */
  offerMs: 5_000,
  /** How long an attempt runs on without the coordinator; the supervisor then begins the stop ladder. */
  holdMs: 20 * 60_000,
  /** When the coordinator gives an unreachable attempt up. */
  lostAfterMs: 30 * 60_000,
  /** From the first SIGINT of the stop ladder until the plugins are killed. */
  cancelGraceMs: 5 * 60_000,
  /** Least time that lost-after must exceed hold + cancel grace by: the hard steps of the ladder and the last upload. */
  lostAfterMarginMs: 90_000,
  /** Safety net of the scheduler: how often idle slots look for work that no notice told them of; jittered. */
  claimPollMs: 10_000,
  /** How often the coordinator looks for run-out offers and leases. */
  reapMs: 1_000,
  /** How long a job waits before it goes before every fair share. */
  starvationMs: 5 * 60_000,
} as const;

/** How many attempts of one job may be lost before the gate. */
export const maxLostAttempts = 3;
