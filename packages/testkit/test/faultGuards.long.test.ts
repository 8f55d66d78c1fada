import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, type TestContext, test } from 'vitest';
import { faultRun } from './faultRun.js';

/** What takes longest waits for a lease of 45 s; the rest is for a machine that does other things, too. */
const LIMIT_MS = 300_000;

const releasing = [
  ...['--only', 'freeze a daemon and release its builds', '--faults', '1', '--hold', '60'],
  ...['--workspaces', '3', '--daemons', '2', '--rest', '8000', '--lines', '100', '--build-limit', '120'],
];

/**
 * For each guard the faults that it stands against, and what a run finds without it. What runs long is what is sure to
 * be under way when the fault comes.
 */
const rows: { guard: string; finds: RegExp; args: string[] }[] = [
  {
    guard: 'protocol.gate',
    finds: /^overlapped: /m,
    args: [
      ...['--only', 'freeze a daemon', '--faults', '1', '--away', '60', '--hold', '60'],
      ...['--workspaces', '3', '--daemons', '2', '--lines', '8000', '--build-limit', '60'],
    ],
  },
  {
    guard: 'terraform.lease',
    finds: /^overlapped: .* works on, /m,
    args: [
      ...['--only', 'kill a daemon', '--faults', '1', '--away', '15', '--hold', '5'],
      ...['--workspaces', '2', '--daemons', '1', '--lines', '4000'],
    ],
  },
  {
    guard: 'terraform.watch_again',
    finds: /^overlapped: .* works on, /m,
    args: [
      ...['--only', 'kill a daemon after all its supervisors', '--faults', '1', '--away', '15', '--hold', '5'],
      ...['--workspaces', '2', '--daemons', '1', '--lines', '4000'],
    ],
  },
];

/** Of a test that runs beside others: what is to be removed is its own. */
function folderOf({ onTestFinished }: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 't-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function run(context: TestContext, ...args: string[]): Promise<{ code: number; said: string }> {
  return faultRun(['--seed', '1', '--steady', ...args], folderOf(context));
}

describe.concurrent('a fault run notices', () => {
  test('nothing where a build is released and its daemon comes back', { timeout: LIMIT_MS }, async context => {
    const { code, said } = await run(context, ...releasing);
    expect(code, said).toBe(0);
  });

  for (const { guard, finds, args } of rows) {
    test(`that ${guard} is off`, { timeout: LIMIT_MS }, async context => {
      const { code, said } = await run(context, ...args, '--guard-off', guard);
      expect(said).toMatch(finds);
      expect(code).toBe(1);
    });
  }
});
