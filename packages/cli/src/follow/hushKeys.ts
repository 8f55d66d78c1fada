import type { ReadStream } from 'node:tty';

const ctrlC = 0x03;

/**
 * Keeps what is typed off the screen, where it would tear a view that is drawn in place. Ctrl-C still interrupts.
 *
 * @returns a function that gives the keyboard back
 */
export function hushKeys(stdin: ReadStream = process.stdin): () => void {
  if (!stdin.isTTY) return () => undefined;
  const onKeys = (keys: Buffer) => {
    if (keys.includes(ctrlC)) process.kill(process.pid, 'SIGINT');
  };
  stdin.setRawMode(true);
  stdin.on('data', onKeys);
  // A prompt before has paused it.
  stdin.resume();
  return () => {
    stdin.removeListener('data', onKeys);
    stdin.setRawMode(false);
    stdin.pause();
  };
}
