import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { BerthError } from '@berth/protocol';

/**
 * Runs the system's OpenSSH in place of this program, as far as Node can: it has the terminal, its exit code is ours, and
 * a Ctrl-C is its own to deal with.
 *
 * @throws BerthError `not_found` when there is none
 */
export async function runSsh(args: readonly string[]): Promise<number> {
  const child = spawn('ssh', args, { stdio: 'inherit' });
  const ignore = () => undefined;
  const pass = () => void child.kill('SIGTERM');
  process.on('SIGINT', ignore);
  process.on('SIGTERM', pass);
  try {
    const [code, signal]: [number | null, NodeJS.Signals | null] = await Promise.race([
      once(child, 'close').then(([code, signal]) => [code, signal] as [number | null, NodeJS.Signals | null]),
      once(child, 'error').then(([error]) => {
        throw new BerthError('not_found', 'there is no ssh on PATH', { hint: 'Install OpenSSH.', cause: error });
      }),
    ]);
    return code ?? 128 + constants.signals[signal ?? 'SIGTERM'];
  } finally {
    process.removeListener('SIGINT', ignore);
    process.removeListener('SIGTERM', pass);
  }
}
