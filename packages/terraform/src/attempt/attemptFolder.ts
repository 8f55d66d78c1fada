import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { RunFolder } from '../supervisor/runFolder.js';
import { removeTree } from './removeTree.js';

/** What is run under a supervisor, each with a run folder of its own. */
export type OperationName = 'fetch' | 'init' | 'validate' | 'plan' | 'show' | 'apply';

/**
 * Longest folder for TMPDIR: plugins make their sockets there (`/plugin` and up to 20 digits), and the path of a Unix
 * socket has at most 107 bytes (unix(7)).
 */
const LONGEST_SOCKET_FOLDER = 80;

/** The folder of one attempt; the only place that knows what stands where in it. Mode 0700. */
export class AttemptFolder {
  constructor(readonly path: string) {}

  /** Makes the folders that every attempt needs. Files of the work directory come from a warm directory or an archive. */
  static create(path: string): AttemptFolder {
    const folder = new AttemptFolder(path);
    mkdirSync(folder.path, { recursive: true, mode: 0o700 });
    for (const inner of [folder.work, folder.runs, join(path, 'tmp')]) {
      mkdirSync(inner, { recursive: true, mode: 0o700 });
    }
    return folder;
  }

  /** The engine's working directory: the template's files. */
  get work(): string {
    return join(this.path, 'work');
  }

  /** Where the engine keeps the state while it runs, because of our own backend. */
  get state(): string {
    return join(this.work, 'terraform.tfstate');
  }

  /** Where the engine puts the state when it could not write {@link state}. */
  get erroredState(): string {
    return join(this.work, 'errored.tfstate');
  }

  /** The last valid snapshot, kept beside the state that the engine rewrites in place. */
  get keptState(): string {
    return join(this.path, 'kept.tfstate');
  }

  get lockFile(): string {
    return join(this.work, '.terraform.lock.hcl');
  }

  /** Values of the template's variables, mode 0600. The name must end in `.json` for the engine to read JSON. */
  get variables(): string {
    return join(this.path, 'variables.json');
  }

  get cliConfig(): string {
    return join(this.path, 'cli.tfrc');
  }

  /** A mirror of the plugins that were placed in a work directory before init. */
  get plugins(): string {
    return join(this.path, 'plugins');
  }

  /** The files of one run; `name` may carry a number where an operation is run more than once. */
  run(name: OperationName | `${OperationName}-${number}`): RunFolder {
    return new RunFolder(join(this.runs, name));
  }

  /** The folders of all runs that were made, or of those of one operation. */
  listRuns(operation?: OperationName): RunFolder[] {
    if (!existsSync(this.runs)) return [];
    const names = readdirSync(this.runs);
    const wanted = operation === undefined ? names : names.filter(name => name.split('-')[0] === operation);
    return wanted.map(name => new RunFolder(join(this.runs, name)));
  }

  /**
   * TMPDIR for the engine, so that what plugins and provisioners leave there goes with the attempt; null where the
   * path would be too long for the sockets of plugins, and the system's is to be used.
   */
  get tmp(): string | null {
    const path = join(this.path, 'tmp');
    return Buffer.byteLength(path) <= LONGEST_SOCKET_FOLDER ? path : null;
  }

  /** Removes the attempt with everything in it. Nothing of it may run any more. */
  async remove(): Promise<void> {
    await removeTree(this.path);
  }

  private get runs(): string {
    return join(this.path, 'run');
  }
}
