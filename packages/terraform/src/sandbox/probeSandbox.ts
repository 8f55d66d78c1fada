import { constants } from 'node:fs';
import { access, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import type { Engine } from '../engine/findEngine.js';
import { TerraformError } from '../errors.js';
import { isWithin, realPath } from './paths.js';
import type { Sandbox, SandboxPaths } from './sandbox.js';
import { sandboxCommand } from './sandboxCommand.js';

export interface ProbeSandboxOptions extends Partial<SandboxPaths> {
  /** The engine that is to run in it. */
  engine: Pick<Engine, 'path'>;
  /** Folders to look for bwrap in, separated as in PATH. Default: this process's PATH. */
  searchPath?: string | undefined;
}

/** `reason` is a sentence for the operator. */
export type SandboxProbe = { works: true; sandbox: Sandbox } | { works: false; reason: string };

/** How long the engine may take to say its version in there: 50 ms of work, but a cold disk may be slow. */
const ANSWER_MS = 30_000;

/**
 * Says whether engines can run in a sandbox here, by running this one in it. Many containers and some systems forbid the
 * namespaces that it needs.
 *
 * @throws TerraformError `sandbox_path_refused` when a path that the owner named cannot be shown
 */
export async function probeSandbox(options: ProbeSandboxOptions): Promise<SandboxProbe> {
  const { engine, readable = [], writable = [], plugins = [], hidden = [] } = options;
  await checkPaths({ readable, writable, plugins, hidden });
  const bwrap = await locate(options.searchPath ?? process.env.PATH ?? '');
  if (bwrap === null) return { works: false, reason: 'bubblewrap (bwrap) is not on PATH' };
  const sandbox: Sandbox = { bwrap, engine, readable, writable, plugins, hidden };
  const work = await mkdtemp(join(tmpdir(), 'berth-sandbox-'));
  try {
    const reason = await tryOut(sandbox, work);
    return reason === null ? { works: true, sandbox } : { works: false, reason };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Refuses what would open the hidden folders to templates, or what would be covered by them. */
async function checkPaths({ readable, writable, hidden }: SandboxPaths): Promise<void> {
  for (const path of [...readable, ...writable]) {
    const real = realPath(path);
    if (!path.startsWith('/') || real === null) {
      throw refused(`${path} is not there`, 'Name an absolute path of a file or folder that exists.');
    }
    if (['/proc', '/dev'].some(own => isWithin(own, real) || isWithin(real, own))) {
      throw refused(
        `${path} cannot be shown: the sandbox has a /proc and a /dev of its own`,
        'Name what templates need.',
      );
    }
    for (const secret of hidden.map(realPath).filter(found => found !== null)) {
      if (isWithin(real, secret)) {
        throw refused(`${path} belongs to what no template may see`, 'Keep it outside of the data directory.');
      }
      if (writable.includes(path) && isWithin(secret, real)) {
        throw refused(`${path} holds ${secret}, which no template may change`, 'Name a folder below it.');
      }
    }
  }
}

async function locate(searchPath: string): Promise<string | null> {
  for (const folder of searchPath.split(delimiter).filter(path => path.startsWith('/'))) {
    const path = join(folder, 'bwrap');
    try {
      await access(path, constants.X_OK);
      if ((await stat(path)).isFile()) return path;
    } catch {
      // Not in this folder.
    }
  }
  return null;
}

/** Runs the engine in the sandbox. Returns what is wrong; null when nothing is. */
async function tryOut(sandbox: Sandbox, work: string): Promise<string | null> {
  const env = { HOME: process.env.HOME ?? '/', CHECKPOINT_DISABLE: '1', TF_CLI_CONFIG_FILE: '/dev/null' };
  const [bwrap = '', ...args] = sandboxCommand(sandbox, { work, writable: [], readable: [], env });
  const answer = await execa(bwrap, [...args, sandbox.engine.path, 'version'], {
    env,
    extendEnv: false,
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    reject: false,
    timeout: ANSWER_MS,
  });
  if (answer.timedOut) return `the engine did not answer in the sandbox within ${ANSWER_MS / 1000} s`;
  if (answer.failed)
    return `the engine does not run in the sandbox: ${firstLine(answer.stderr) ?? answer.shortMessage}`;
  const reported = answer.stdio[3];
  if (typeof reported !== 'string' || !reported.includes('"child-pid"') || !reported.includes('"exit-code"')) {
    return 'this bwrap is too old: it does not report the pid and exit code of what it runs';
  }
  return null;
}

function firstLine(text: string): string | undefined {
  return text.split('\n').find(line => line.trim() !== '');
}

function refused(message: string, hint: string): TerraformError {
  return new TerraformError('sandbox_path_refused', message, { hint });
}
