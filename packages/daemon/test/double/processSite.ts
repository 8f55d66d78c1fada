import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LogEntry } from '@berth/protocol';
import { tempDir } from '@berth/testkit';
import { expect } from 'vitest';
import type { AttemptData } from './attemptServer.js';
import { type DaemonProcess, startDaemonProcess } from './daemonProcess.js';
import { buildSpec } from './specs.js';
import { beginJob } from './startReal.js';
import type { TestConnection } from './testConnection.js';
import { TestCoordinator } from './testCoordinator.js';
import { type WaitingTemplate, waitingTemplate } from './waitingTemplate.js';

interface Site {
  coordinator: TestCoordinator;
  dataDir: string;
  daemon: DaemonProcess;
  connection: TestConnection;
  /** Starts the daemon again on the same data directory; with the connection that it then has. */
  again: (options?: object) => Promise<TestConnection>;
  attempts: () => string[];
}

/**
 * Starts a daemon in a process of its own, connected to a test coordinator.
 *
 * @param heartbeatMs how often it renews leases
 */
export async function startSite(options: object = {}, heartbeatMs?: number): Promise<Site> {
  const coordinator = await TestCoordinator.start();
  coordinator.heartbeatMs = heartbeatMs ?? coordinator.heartbeatMs;
  const dataDir = join(tempDir(), 'data');
  const daemon = startDaemonProcess(coordinator, dataDir, { ...options });
  const connection = await coordinator.connected();
  const again = async (other = options) => {
    startDaemonProcess(coordinator, dataDir, { ...other });
    return coordinator.connected();
  };
  return { coordinator, dataDir, daemon, connection, again, attempts: () => readdirSync(join(dataDir, 'attempts')) };
}

/**
 * A build that waits in the middle of its apply.
 *
 * @param template whose; one of its own unless given
 */
export async function beginApply(
  site: Site,
  more: Partial<Parameters<typeof buildSpec>[0]> = {},
  template: WaitingTemplate | null = null,
) {
  const waiting = template ?? (await waitingTemplate());
  const spec = buildSpec({ archive: waiting.files.archive, ...more });
  const data = await beginJob(site.coordinator, site.connection, spec, waiting.files);
  await waiting.halfway();
  const ref = { job: spec.job, attempt: spec.attempt };
  const run = join(site.dataDir, 'attempts', `${spec.job}-1`, 'run/apply');
  return { ...waiting, spec, data, ref, run };
}

/** Every entry once, in order. */
export function checkNumbers(log: readonly LogEntry[]): void {
  expect(log.map(entry => entry.n)).toEqual(log.map((_, at) => at + 1));
}

/** What an attempt has uploaded under a digest. */
export function stateOf(data: AttemptData, digest: string | undefined): { resources: { name: string }[] } {
  return JSON.parse(data.uploads.get(digest ?? '')?.content.toString() ?? '{"resources": []}');
}

/** The process of the engine of a run. */
export function enginePid(run: string): number {
  return Number(/^engine (\d+) /m.exec(readFileSync(join(run, 'pids'), 'utf8'))?.[1]);
}

/** The processes that a run has written down: its engine and its supervisor. */
export function processesOf(run: string): number[] {
  const lines = readFileSync(join(run, 'pids'), 'utf8').matchAll(/^\w+ (\d+) /gm);
  return [...new Set([...lines].map(match => Number(match[1])))];
}

export function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
