import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';

const packageFolder = join(dirname(fileURLToPath(import.meta.url)), '..');
const tsc = join(packageFolder, '../../node_modules/typescript/bin/tsc');

/** Compiles the package if its sources are newer than what other processes load: about a second, once a file. */
export async function compile(): Promise<void> {
  await promisify(execFile)(process.execPath, [tsc, '--build', packageFolder]);
}

interface Child {
  process: ChildProcess;
  /** The next line that the child prints; null when it has ended. */
  line(): Promise<string | null>;
  /** Fulfilled with the exit code, or the name of the signal. */
  ended: Promise<number | string>;
}

/**
 * Runs a script in a process of its own, killed at the end of the running test. `openStore` is there, and `arg` is its
 * `process.argv[1]`; `more` follow.
 */
export function runChild(script: string, arg: string, nodeFlags: string[] = [], more: string[] = []): Child {
  const store = join(packageFolder, 'dist/index.js');
  const source = `import { openStore } from ${JSON.stringify(store)};\n${script}`;
  const child = spawn(process.execPath, [...nodeFlags, '--input-type=module', '-e', source, '--', arg, ...more], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const ended = once(child, 'exit').then(([code, signal]) => code ?? signal);
  return { process: child, line: lines(child), ended };
}

function lines(child: ChildProcess): () => Promise<string | null> {
  const ready: string[] = [];
  const waiting: ((line: string | null) => void)[] = [];
  let rest = '';
  let over = false;
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) {
      const next = waiting.shift();
      if (next === undefined) ready.push(part);
      else next(part);
    }
  });
  child.stdout?.on('close', () => {
    over = true;
    for (const next of waiting) next(null);
  });
  return async () => {
    const line = ready.shift();
    if (line !== undefined) return line;
    return over ? null : new Promise(resolve => waiting.push(resolve));
  };
}
