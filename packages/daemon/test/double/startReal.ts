import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Daemon, type DaemonOptions, startDaemon } from '@berth/daemon';
import { packFolder } from '@berth/daemon/archive';
import type { AttemptOutcome, AttemptSpec, StateRef } from '@berth/protocol';
import { tempDir } from '@berth/testkit';
import { onTestFinished } from 'vitest';
import type { AttemptData } from './attemptServer.js';
import { type LogLines, logLines } from './logLines.js';
import { offerOf } from './specs.js';
import type { TestConnection } from './testConnection.js';
import { TEST_PSK, TestCoordinator } from './testCoordinator.js';

export interface RealDaemon {
  coordinator: TestCoordinator;
  connection: TestConnection;
  daemon: Daemon;
  dataDir: string;
  log: LogLines;
  /** Has a job done from offer to settled; what it came to. */
  run: (spec: AttemptSpec, template: Template, state?: Buffer) => Promise<Done>;
  /** Offers a job and has it accepted: it runs when this resolves. */
  begin: (spec: AttemptSpec, template: Template, how?: BeginOptions) => Promise<AttemptData>;
}

export interface BeginOptions {
  state?: Buffer | undefined;
  /** Answer to the daemon's request for the gate, if it makes one. */
  gate?: 'open' | 'refuse' | undefined;
  /** The connection to use; the first unless given. */
  connection?: TestConnection | undefined;
}

export interface Done {
  outcome: AttemptOutcome;
  data: AttemptData;
  /** Content of the final state; null when there is none. */
  state: Buffer | null;
}

/** A template as the coordinator has it. */
export interface Template {
  archive: { digest: string; sizeBytes: number };
  content: Buffer;
}

/** A daemon as it is, with a real engine, connected to a test coordinator. */
export async function startReal(options: Partial<DaemonOptions> = {}): Promise<RealDaemon> {
  const coordinator = await TestCoordinator.start();
  const log = logLines();
  const dataDir = options.dataDir ?? join(tempDir(), 'data');
  const daemon = await startDaemon({
    url: coordinator.url,
    credential: { psk: TEST_PSK },
    dataDir,
    name: 'tester',
    logger: log.logger,
    ...options,
    timings: { reconnectMinMs: 5, reconnectMaxMs: 20, retryMinMs: 5, retryMaxMs: 20, ...options.timings },
    ladder: { pollMs: 50, stepMs: 200, ...options.ladder },
  });
  onTestFinished(async () => {
    for (let steps = 0; steps < 3; steps++) void daemon.stop('cancel');
    await daemon.done;
  });
  const first = await coordinator.connected();
  const begin: RealDaemon['begin'] = (spec, template, { state, gate, connection = first } = {}) => {
    return beginJob(coordinator, connection, spec, template, { state, gate });
  };
  const run: RealDaemon['run'] = async (spec, template, state) => {
    const data = await begin(spec, template, { state });
    const { outcome } = await first.nextOf('terminal', spec.job);
    first.send({ type: 'settled', job: spec.job, attempt: spec.attempt });
    const upload = outcome.state === null ? undefined : data.uploads.get(outcome.state.digest);
    return { outcome, data, state: upload?.content ?? null };
  };
  return { coordinator, connection: first, daemon, dataDir, log, run, begin };
}

/** Offers a job and has it accepted: it runs when this resolves. */
export async function beginJob(
  coordinator: TestCoordinator,
  connection: TestConnection,
  spec: AttemptSpec,
  template: Template,
  { state, gate = 'open' }: Omit<BeginOptions, 'connection'> = {},
): Promise<AttemptData> {
  const data = coordinator.attempt(spec.token);
  data.archive = template.content;
  if (state !== undefined) data.state = state;
  const ref = { job: spec.job, attempt: spec.attempt };
  connection.send(offerOf(spec, spec.lockFile === null ? null : sha256(Buffer.from(spec.lockFile))));
  const { openGate } = await connection.nextOf('accept', spec.job);
  const gateOpen = openGate && gate === 'open';
  connection.send({ type: 'accepted', spec, gateOpen });
  if (spec.type === 'workspace_build' && !gateOpen) {
    void connection.nextOf('open_gate', spec.job).then(() => {
      connection.send({ type: 'gate', ...ref, open: gate === 'open' });
    });
  }
  return data;
}

/** Packs these files as a template. */
export async function makeTemplate(files: Record<string, string>): Promise<Template> {
  const folder = tempDir();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  const target = join(tempDir(), 'template.tgz');
  const { digest, sizeBytes } = await packFolder(folder, target);
  return { archive: { digest, sizeBytes }, content: readFileSync(target) };
}

/** What a spec says of a state. */
export function stateRefOf(state: Buffer): StateRef {
  const { serial, lineage } = JSON.parse(state.toString());
  return { digest: sha256(state), sizeBytes: state.length, serial, lineage };
}

export function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
