import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, dirname, join, resolve } from 'node:path';
import { BerthError } from '@berth/protocol';
import type { CdktfProject } from './cdktfProject.js';

/**
 * Runs the program of a project, which writes its stacks into a folder. What it prints goes to standard error, where
 * its author looks for it. It ends with us.
 *
 * @param output where it writes; cdktf and cdktn take it from their environment
 * @throws BerthError `invalid_configuration` when it does not end well
 */
export async function runApp({ app, context, folder }: CdktfProject, output: string): Promise<void> {
  process.stderr.write(`Synthesising with '${app}' ...\n`);
  const child = spawn(app, {
    cwd: folder,
    shell: true,
    // A group of its own, so that the shell's children end with it.
    detached: true,
    env: {
      ...withoutOurs(process.env),
      PATH: [...programFolders(folder), process.env.PATH ?? ''].join(delimiter),
      CDKTF_OUTDIR: output,
      ...(context === undefined ? {} : { CDKTF_CONTEXT_JSON: JSON.stringify(context) }),
    },
    stdio: ['ignore', process.stderr, process.stderr],
  });
  const end = () => endGroup(child.pid);
  process.once('exit', end);
  try {
    const [code, signal] = await once(child, 'close');
    if (code === 0) return;
    const how = signal === null ? `exit code ${code}` : String(signal);
    throw new BerthError('invalid_configuration', `the template was not synthesised: '${app}' ended with ${how}`, {
      hint: `What it printed stands above. It was run in ${resolve(folder)}.`,
    });
  } finally {
    process.removeListener('exit', end);
    end();
  }
}

/** The program is its author's, but logins and keys of Berth are nothing to it. */
function withoutOurs(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(BERTH|CODER)_/.test(name)));
}

/** Where npm puts the programs of a project's dependencies, for it and the folders around it: as in its own scripts. */
function programFolders(folder: string): string[] {
  const own = join(resolve(folder), 'node_modules', '.bin');
  const above = dirname(resolve(folder));
  return above === resolve(folder) ? [own] : [own, ...programFolders(above)];
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // Nothing of it is left.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
