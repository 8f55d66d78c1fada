import { spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * Does `work` while this process alone has the lock of a file (made where it is missing) or folder. The kernel gives the lock
 * back whatever ends this process: its holder reads from a pipe of ours, and ends with the pipe.
 */
export async function locked<T>(file: string, work: () => Promise<T>): Promise<T> {
  const holder = spawn('flock', [file, 'sh', '-c', 'echo; exec cat >/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    // Ctrl-C is for the work; the lock is held until that has come to an end.
    detached: true,
  });
  const ended = once(holder, 'close');
  await Promise.race([
    once(holder.stdout, 'data'),
    ended.then(([code]) => Promise.reject(new Error(`${file} could not be locked: flock ended with ${code}`))),
  ]);
  try {
    return await work();
  } finally {
    holder.stdin.end();
    await ended;
  }
}
