import { Socket } from 'node:net';
import type { Environment } from '../attempt/environment.js';
import { TerraformError } from '../errors.js';
import { identify, isAlive } from './processIdentity.js';
import type { RunFolder } from './runFolder.js';
import { RunHandle } from './runHandle.js';
import { prepareRun, type RunTerms } from './runTerms.js';
import { spawnSupervisor } from './supervisorScript.js';

/** What a supervisor runs. */
export interface RunCommand {
  /** Where the files of the run go: a folder of its own, made if it is not there. */
  run: RunFolder;
  /** The engine. Secrets never stand in `args`, which every user can read. */
  file: string;
  args: readonly string[];
  /** The sandbox to run it in: `bwrap` and its arguments, as `sandboxCommand` makes them; null for none. */
  sandbox?: readonly string[] | null | undefined;
  cwd: string;
  /** The whole environment; nothing is added to it. */
  env: Readonly<Environment>;
}

/**
 * A supervisor that has started nothing yet: to start a process from a large one takes milliseconds, which pass while
 * something else is waited for. It ends with this process unless it was told to go.
 *
 * ready -> going ({@link start}) | dismissed ({@link dismiss})
 */
export class ReadySupervisor {
  #state: 'ready' | 'going' | 'dismissed' = 'ready';
  readonly #process: ReturnType<typeof spawnSupervisor>;

  /** @throws TerraformError `start_failed` */
  constructor(private readonly command: RunCommand) {
    const { run, file, args, sandbox, cwd, env } = command;
    const [mode, words] = sandbox ? ['bwrap', [...sandbox, file, ...args]] : ['bare', [file, ...args]];
    this.#process = spawnSupervisor([mode, run.path, ...words], { cwd, env: { ...env }, stdin: 'pipe' });
    // Why it could not be started comes in an event; what can be said is said here already.
    this.#process.on('error', () => undefined);
    const { stdin } = this.#process;
    // One that was killed takes no word: its end is seen elsewhere.
    stdin?.on('error', () => undefined);
    if (stdin instanceof Socket) stdin.unref();
    if (this.#process.pid === undefined) throw startFailed(cwd);
  }

  /**
   * Starts the program. Returns as soon as the supervisor was told.
   *
   * @param more added to the arguments; words without blanks
   * @throws TerraformError `start_failed`
   */
  start(terms: RunTerms, more: readonly string[] = []): RunHandle {
    const { run, cwd } = this.command;
    const { pid, stdin } = this.#process;
    if (this.#state !== 'ready' || pid === undefined || stdin === null) throw startFailed(cwd);
    prepareRun(run, terms);
    this.#state = 'going';
    const identity = identify(pid);
    const handle = new RunHandle(run, () => identity === null || !isAlive(identity));
    this.#process.on('exit', () => handle.check());
    stdin.end(`go ${more.join(' ')}\n`);
    return handle;
  }

  /** It is not needed: it ends without having started anything. One that was told to go goes on. */
  dismiss(): void {
    if (this.#state !== 'ready') return;
    this.#state = 'dismissed';
    this.#process.stdin?.destroy();
  }
}

function startFailed(cwd: string): TerraformError {
  return new TerraformError('start_failed', `the supervisor could not be started in ${cwd}`, {
    hint: 'It needs /bin/sh, and the folder must be there.',
  });
}
