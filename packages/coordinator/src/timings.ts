import { timings } from '@berth/protocol';

/** Intervals that tests shorten and operators may set, in milliseconds. */
export interface Timings {
  heartbeatMs: number;
  leaseMs: number;
  offerMs: number;
  holdMs: number;
  lostAfterMs: number;
  cancelGraceMs: number;
  /** Mean of the jittered interval at which idle slots look for work. */
  claimPollMs: number;
  reapMs: number;
  /** How often a coordinator says that it is alive; time in which none does counts for no lease. */
  beatMs: number;
  /** How often a daemon's connection is asked for a sign of life; one that gives none in this time is cut. */
  pingMs: number;
  /** How long a new connection has to say hello, and an old one to answer when another claims its name. */
  helloMs: number;
  /** Between the comments that keep an event stream open through proxies. */
  eventHeartbeatMs: number;
  /**
   * How long a request may take to arrive whole. A caller who sends a byte now and then would otherwise keep a connection
   * for as long as they like; an upload that is cut is resumed.
   */
  requestMs: number;
  /** Between two passes that delete what nobody needs. */
  sweepMs: number;
  /** How long requests in progress may go on when the coordinator stops. */
  drainMs: number;
  /** First wait before a built-in child that died is started again; doubled each time, up to 60 times as long. */
  restartMs: number;
}

/** What holds unless an option says otherwise. */
export const defaultTimings: Timings = {
  heartbeatMs: timings.heartbeatMs,
  leaseMs: timings.leaseMs,
  offerMs: timings.offerMs,
  holdMs: timings.holdMs,
  lostAfterMs: timings.lostAfterMs,
  cancelGraceMs: timings.cancelGraceMs,
  claimPollMs: timings.claimPollMs,
  reapMs: timings.reapMs,
  beatMs: 5_000,
  pingMs: 15_000,
  helloMs: 5_000,
  eventHeartbeatMs: 15_000,
  requestMs: 10 * 60_000,
  sweepMs: 5 * 60_000,
  drainMs: 5_000,
  restartMs: 500,
};
