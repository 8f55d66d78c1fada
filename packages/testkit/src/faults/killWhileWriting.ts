import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type DaemonProcess, enginesOf, kill } from './processes.js';
import type { SiteDaemon } from './site.js';

/** How often the state files are looked at. A state of megabytes is empty for longer while the engine makes its text. */
const LOOK_MS = 1;
/** How often it is looked which engines are at work. */
const LIST_MS = 100;
/** Longest that an engine needs from emptying its state file to writing to it. */
const WRITE_MS = 500;

/**
 * Kills engines of a daemon in the moment in which they write to their state file, which they have emptied before, until
 * one leaves a file that is neither empty nor whole.
 */
export async function killWhileWriting({ dataDir }: SiteDaemon, forMs: number): Promise<void> {
  let engines: DaemonProcess[] = [];
  let listed = 0;
  for (const until = Date.now() + forMs; Date.now() < until; await delay(LOOK_MS)) {
    if (Date.now() - listed > LIST_MS) {
      engines = enginesOf(dataDir);
      listed = Date.now();
    }
    for (const engine of engines) {
      const state = join(engine.cwd, 'terraform.tfstate');
      if (sizeOf(state) === 0 && isWritten(state)) {
        kill([engine]);
        if (isCut(state)) return;
      }
    }
  }
}

/** Waits for the first bytes in a file that is empty, without a pause: what is written at once is there within a millisecond. */
function isWritten(path: string): boolean {
  for (const until = Date.now() + WRITE_MS; Date.now() < until; ) if (sizeOf(path) !== 0) return true;
  return false;
}

function sizeOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.size ?? null;
}

/** Whether a state lacks the newline that engines end it with. */
function isCut(path: string): boolean {
  const size = sizeOf(path);
  if (size === null || size === 0) return false;
  const file = openSync(path, 'r');
  try {
    const last = Buffer.alloc(1);
    readSync(file, last, 0, 1, size - 1);
    return last.toString() !== '\n';
  } finally {
    closeSync(file);
  }
}
