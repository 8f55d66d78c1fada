import { setTimeout as pause } from 'node:timers/promises';
import type { RunFolder } from './runFolder.js';
import { lastLines, type Program } from './startProgram.js';

/** A busy machine may need long; a program that does not come up has mostly ended, which is seen at once. */
const PATIENCE_MS = 180_000;

/**
 * Asks until the answer is yes. An error counts as no: what is asked may not listen yet.
 *
 * @throws Error with the last lines of its log when one of the programs ends, or nothing comes of it
 */
export async function waitFor(
  folder: RunFolder,
  programs: readonly Program[],
  ready: () => Promise<boolean>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const givenUpAt = Date.now() + PATIENCE_MS;
  let last = 'it is not ready';
  for (;;) {
    signal?.throwIfAborted();
    for (const { name, ended } of programs) {
      const end = ended();
      if (end !== null) throw new Error(`${name} ${end}:\n${lastLines(folder, name)}`);
    }
    try {
      if (await ready()) return;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    if (Date.now() > givenUpAt) {
      const newest = programs.at(-1)?.name ?? '';
      throw new Error(`${newest} did not become ready, ${last}:\n${lastLines(folder, newest)}`);
    }
    await pause(50);
  }
}
