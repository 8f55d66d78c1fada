import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { TerraformError, type TerraformErrorCode } from '../errors.js';

/** Prints a line once it has the lock, and holds it until its input ends: with this process, however that ends. */
const HOLDER = 'echo; exec cat >/dev/null';

interface LockFile {
  /** Made if need be; it is never removed, since another may just wait for it. */
  path: string;
  /** Of the error when it cannot be locked. */
  code: TerraformErrorCode;
}

/**
 * Does some work while no other process on this machine does any under the same lock file. The kernel holds the lock for
 * a small child (flock of util-linux), since Node cannot; it holds between containers that share the folder, and nothing
 * of it stays behind a process that was killed.
 *
 * @throws TerraformError with the code of the lock file when it cannot be locked; the signal's reason
 */
export async function withFileLock<T>(lock: LockFile, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const { path, code } = lock;
  signal.throwIfAborted();
  const holder = spawn('flock', [path, '/bin/sh', '-c', HOLDER], { stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  holder.stderr.setEncoding('utf8').on('data', text => {
    said = (said + text).slice(-1000);
  });
  holder.stdin.on('error', () => undefined);
  const ended = once(holder, 'close').then(
    () => said.trim() || 'flock ended',
    (error: unknown) => String(error),
  );
  const giveUp = (): void => void holder.kill('SIGKILL');
  signal.addEventListener('abort', giveUp);
  try {
    const problem = await Promise.race([once(holder.stdout, 'data').then(() => null), ended]);
    signal.throwIfAborted();
    if (problem !== null) {
      throw new TerraformError(code, `${path} cannot be locked: ${problem}`);
    }
    signal.removeEventListener('abort', giveUp);
    return await work();
  } finally {
    signal.removeEventListener('abort', giveUp);
    holder.stdin.end();
    await ended;
  }
}
