import { z } from 'zod';
import { parseJson } from '../jsonValue.js';
import { readText } from './runFiles.js';
import type { RunFolder } from './runFolder.js';

/** What bwrap has said of a run so far (`--json-status-fd`), one document a line. */
interface SandboxReport {
  /** The engine's pid outside the sandbox; null before it is made, and where there is no sandbox. */
  childPid: number | null;
  /** Its exit code, 128 + N when signal N ended it; null before its end, and when the sandbox was never ready. */
  exitCode: number | null;
}

const line = z.union([
  z.object({ 'child-pid': z.number().int().positive() }),
  z.object({ 'exit-code': z.number().int().nonnegative() }),
]);

export function readSandboxReport(run: RunFolder): SandboxReport {
  const report: SandboxReport = { childPid: null, exitCode: null };
  // What stands after the last line break is still being written.
  for (const text of (readText(run.sandbox) ?? '').split('\n').slice(0, -1)) {
    const read = line.safeParse(parseJson(text));
    if (!read.success) continue;
    if ('child-pid' in read.data) report.childPid = read.data['child-pid'];
    else report.exitCode = read.data['exit-code'];
  }
  return report;
}

/** Whether the engine of a run that has ended was started at all: bwrap reports exit codes of nothing else. */
export function sandboxWasReady(run: RunFolder): boolean {
  return readText(run.sandbox) === null || readSandboxReport(run).exitCode !== null;
}
