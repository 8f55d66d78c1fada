import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, onTestFinished } from 'vitest';

const root = join(import.meta.dirname, '../../..');
/** The program as users run it. */
const program = join(root, 'bin/run.js');

requireFreshBuild();

export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

export type Env = Record<string, string>;

/** Runs one `berth` command to its end. Its environment is that which is given, and nothing of the developer's own. */
export async function berth(args: readonly string[], env: Env = {}, options: { cwd?: string } = {}): Promise<Ran> {
  const child = spawn(process.execPath, [program, ...args], {
    env: childEnv(env),
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code] = await once(child, 'close');
  return { code, stdout, stderr };
}

/** A program that runs until it is stopped. */
export interface Running {
  pid: number;
  /** Everything that it has printed, both streams, without colours and cursor movements. */
  output(): string;
  /** Waits until its output has a match. Rejects when it ends before. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
  write(text: string): void;
  /** Resolves with the exit code, or the signal's name. */
  ended: Promise<number | string>;
  /** Sends a signal and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<number | string>;
}

/** Starts a `berth` command that stays. The caller stops it. */
export function startBerth(args: readonly string[], env: Env = {}): Running {
  return startProgram(process.execPath, [program, ...args], env);
}

/** Runs a `berth` command on a terminal of its own, which `script` of util-linux makes. */
export function onTerminal(args: readonly string[], env: Env = {}): Running {
  // Without `exec` the shell would stand between: it gets the Ctrl-C of the terminal too, and ends by it.
  const command = `exec ${[process.execPath, program, ...args].map(quote).join(' ')}`;
  const running = startProgram('script', ['--quiet', '--flush', '--return', '--command', command, '/dev/null'], {
    TERM: 'xterm',
    SHELL: '/bin/sh',
    ...env,
  });
  onTestFinished(async () => {
    await running.stop('SIGKILL');
  });
  return running;
}

function startProgram(file: string, args: readonly string[], env: Env): Running {
  const child = spawn(file, args, { env: childEnv(env), stdio: ['pipe', 'pipe', 'pipe'] });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${file} did not start`);
  let output = '';
  const watchers = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      for (const watcher of watchers) watcher();
    });
  }
  child.stdin.on('error', () => undefined);
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal);
  return {
    pid,
    ended,
    output: () => stripVTControlCharacters(output),
    write: text => child.stdin.write(text),
    stop(signal = 'SIGTERM') {
      child.kill(signal);
      return ended;
    },
    until(pattern) {
      return new Promise((resolve, reject) => {
        const fail = (what: string) => reject(new Error(`${what} ${pattern}:\n${output.slice(-2000)}`));
        // Only to show what came in its place; the test itself has the limit.
        const timer = setTimeout(() => fail('waited in vain for'), 100_000);
        const look = () => {
          const match = pattern.exec(stripVTControlCharacters(output));
          if (match === null) return;
          clearTimeout(timer);
          watchers.delete(look);
          resolve(match);
        };
        watchers.add(look);
        look();
        void ended.then(code => fail(`ended with ${code} without`));
      });
    },
  };
}

/** A folder that is there for all tests of a file. */
export function fileFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'f-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function childEnv(env: Env): Env {
  return { PATH: process.env.PATH ?? '', TMPDIR: tmpdir(), HOME: tmpdir(), ...env };
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The program runs what was compiled: a test of something older than the sources would prove nothing. */
function requireFreshBuild(): void {
  for (const name of ['protocol', 'store', 'coordinator', 'terraform', 'daemon', 'client', 'constructs', 'cli']) {
    const folder = join(root, 'packages', name);
    const built = statSync(join(folder, 'dist/.tsbuildinfo'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
    const sources = readdirSync(join(folder, 'src'), { recursive: true, encoding: 'utf8' });
    const newer = sources.find(file => file.endsWith('.ts') && statSync(join(folder, 'src', file)).mtimeMs > built);
    if (newer !== undefined)
      throw new Error(`packages/${name}/src/${newer} is newer than its build: run scripts/build`);
  }
}
