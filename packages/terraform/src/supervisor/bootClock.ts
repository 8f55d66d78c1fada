import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';

/**
 * Seconds since boot, suspended time included: the clock of leases. Nobody sets it, and it is the one that the
 * supervisor reads (/proc/uptime).
 */
export function secondsSinceBoot(): number {
  return uptime();
}

/** Identifies this boot: pids, start times and leases mean nothing in another. */
export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}
