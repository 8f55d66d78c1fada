import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { onTestFailed, onTestFinished } from 'vitest';
import { Mailbox } from './mailbox.js';
import { TEST_PSK, type TestCoordinator } from './testCoordinator.js';

const packageFolder = join(dirname(fileURLToPath(import.meta.url)), '../..');
const tsc = join(packageFolder, '../../node_modules/typescript/bin/tsc');

/** Compiles the package if its sources are newer than what other processes load: some seconds, once a file. */
export async function compile(): Promise<void> {
  await promisify(execFile)(process.execPath, [tsc, '--build', packageFolder]);
}

/** A daemon, and nothing else, until it has ended. Its options come as JSON, but for the logger. */
const program = `
import { startDaemon } from ${JSON.stringify(join(packageFolder, 'dist/index.js'))};
import { pino } from 'pino';
const daemon = await startDaemon({ ...JSON.parse(process.argv[1]), logger: pino({ level: 'trace' }) });
process.on('SIGUSR1', () => void daemon.stop('leave'));
process.on('SIGTERM', () => void daemon.stop('drain'));
process.on('SIGINT', () => void daemon.stop('cancel'));
const end = await daemon.done;
process.exit(end.exitCode);
`;

/** A daemon in a process of its own, to be killed. */
export interface DaemonProcess {
  process: ChildProcess;
  log: Mailbox<Record<string, unknown>>;
  /** Resolves with the exit code, or the name of the signal. */
  ended: Promise<number | string>;
  /** SIGKILL to this process alone; resolves when it has ended. */
  kill(): Promise<void>;
}

/** Starts a daemon as `startReal` does, in a process that is killed when the running test has ended. */
export function startDaemonProcess(
  coordinator: TestCoordinator,
  dataDir: string,
  options: Record<string, unknown> = {},
): DaemonProcess {
  const { timings, ...more } = options;
  const all = {
    url: coordinator.url,
    credential: { psk: TEST_PSK },
    dataDir,
    name: 'tester',
    ladder: { pollMs: 50, stepMs: 200 },
    ...more,
    timings: { reconnectMinMs: 5, reconnectMaxMs: 20, retryMinMs: 5, retryMaxMs: 20, ...Object(timings) },
  };
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, '--', JSON.stringify(all)], {
    cwd: packageFolder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const log = new Mailbox<Record<string, unknown>>();
  createInterface({ input: child.stdout }).on('line', line => log.put(JSON.parse(line)));
  const ended = once(child, 'exit').then(([code, signal]) => code ?? signal);
  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  onTestFinished(kill);
  onTestFailed(() => {
    for (const { time: _, pid: __, hostname: ___, ...line } of log.all.slice(-40)) console.error(JSON.stringify(line));
  });
  return { process: child, log, ended, kill };
}
