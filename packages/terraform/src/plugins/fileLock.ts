import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { TerraformError } from '../errors.js';

/** Prints a line once it has the lock, and holds it until its input ends: with this process, however that ends. */
const HOLDER = 'echo; exec cat >/dev/null';

/**
 * Does some work while no other process on this machine does any under the same lock file. The kernel holds the lock for
 * a small child (flock of util-linux), since Node cannot; it holds between containers that share the folder, and nothing
 * of it stays behind a process that was killed.
 *
 * @param path of the lock file, made if need be; it is never removed, since another may just wait for it
 * @throws TerraformError `plugin_cache_unusable` when it cannot be locked; the signal's reason
 */
export async function withFileLock<T>(path: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
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
      throw new TerraformError('plugin_cache_unusable', `${path} cannot be locked: ${problem}`);
    }
    signal.removeEventListener('abort', giveUp);
    return await work();
  } finally {
    signal.removeEventListener('abort', giveUp);
    holder.stdin.end();
    await ended;
  }
}
