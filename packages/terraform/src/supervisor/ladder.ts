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
