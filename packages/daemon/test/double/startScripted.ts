import type { Offer } from '@berth/protocol';
import { onTestFinished } from 'vitest';
import { checkOptions, type DaemonOptions } from '../../src/options.js';
import { ProvisionerDaemon } from '../../src/provisionerDaemon.js';
import { type LogLines, logLines } from './logLines.js';
import { Mailbox } from './mailbox.js';
import { ScriptedJob } from './scriptedJob.js';
import { TEST_PSK, TestCoordinator } from './testCoordinator.js';

export interface ScriptedDaemon {
  coordinator: TestCoordinator;
  daemon: ProvisionerDaemon;
  /** The jobs that the daemon has begun, in order. */
  jobs: Mailbox<{ offer: Offer; job: ScriptedJob }>;
  log: LogLines;
}

/** A real daemon, connected to a test coordinator, whose jobs do what the test says. */
export async function startScripted(
  options: Partial<DaemonOptions> & { warm?: boolean; prepare?: (coordinator: TestCoordinator) => void } = {},
): Promise<ScriptedDaemon> {
  const coordinator = await TestCoordinator.start();
  options.prepare?.(coordinator);
  const jobs = new Mailbox<{ offer: Offer; job: ScriptedJob }>();
  const log = logLines();
  const daemon = new ProvisionerDaemon({
    ...checkOptions({
      url: coordinator.url,
      credential: { psk: TEST_PSK },
      dataDir: '/nowhere',
      name: 'tester',
      logger: log.logger,
      ...options,
      timings: { reconnectMinMs: 5, reconnectMaxMs: 20, retryMinMs: 5, retryMaxMs: 20, ...options.timings },
    }),
    engine: { name: 'terraform', version: '1.11.4' },
    sandbox: 'none',
    platform: 'linux_amd64',
    instance: '7e6b1a52-3c7e-4d0e-9d3c-0f6a4d7f6b11',
    createJob: offer => {
      const job = new ScriptedJob();
      jobs.put({ offer, job });
      return { job, warm: options.warm ?? false };
    },
  });
  onTestFinished(async () => {
    for (let steps = 0; steps < 3; steps++) void daemon.stop('cancel');
    for (const { job } of jobs.all) job.handBack();
    await daemon.done;
  });
  return { coordinator, daemon, jobs, log };
}
