/** Intervals of the supervisor. */
export interface LadderTimings {
  /** Between two looks at the lease and the stop file. */
  pollMs: number;
  /** From the first SIGINT until the plugins are killed. */
  graceMs: number;
  /** From one to the next of the later rungs: plugins killed, second SIGINT, SIGKILL. */
  stepMs: number;
}

/** A poll costs 1.2 ms of CPU; five minutes let most plugins finish what they are making. */
export const defaultLadder: Readonly<LadderTimings> = { pollMs: 1_000, graceMs: 300_000, stepMs: 15_000 };

/**
 * What begins the stop ladder beside lease and stop, kept by the supervisor: it holds while nobody else is there. Not
 * set means for ever.
 */
export interface RunLimits {
  /** When the run may go on no longer, in seconds since boot: the rest of a build's time, whatever ran before. */
  deadline?: number | undefined;
  /** For how long it may print nothing. A resource that is being made prints a line every ten seconds. */
  silenceMs?: number | undefined;
}
