/** Intervals of a daemon, in milliseconds; those that the coordinator decides come with its messages. */
export interface DaemonTimings {
  /** Longest first pause before the socket is connected again, and the longest of all. */
  reconnectMinMs: number;
  reconnectMaxMs: number;
  /** How long a connect, and then the answer to the hello, may take. */
  connectMs: number;
  /** After how many heartbeats without any frame the connection counts as dead. */
  silentHeartbeats: number;
  /** Longest first pause before an HTTP request is sent again, and the longest of all. */
  retryMinMs: number;
  retryMaxMs: number;
  /** How long an HTTP exchange may stand still. */
  requestIdleMs: number;
  /** How long log entries are gathered before they are sent. */
  logGatherMs: number;
  /** How long a started daemon waits for a data directory that another process is about to give up. */
  lockWaitMs: number;
}

export const defaultTimings: DaemonTimings = {
  reconnectMinMs: 250,
  reconnectMaxMs: 15_000,
  connectMs: 10_000,
  silentHeartbeats: 3,
  retryMinMs: 100,
  retryMaxMs: 10_000,
  requestIdleMs: 30_000,
  logGatherMs: 100,
  lockWaitMs: 0,
};
