import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, type TestContext, test } from 'vitest';
import { faultRun } from './faultRun.js';

/** What takes longest waits for a lease of 45 s; the rest is for a machine that does other things, too. */
const LIMIT_MS = 480_000;

const sandboxWorks =
  spawnSync('bwrap', ['--unshare-user', '--unshare-pid', '--ro-bind', '/', '/', 'true']).status === 0;
const noSandbox = sandboxWorks ? '' : ' (bubblewrap does not work here)';

const releasing = [
  ...['--only', 'freeze a daemon and release its builds', '--faults', '1', '--hold', '60'],
  ...['--workspaces', '3', '--daemons', '2', '--rest', '8000', '--lines', '100', '--build-limit', '120'],
];

/** An engine at work for longer than the hold of its dead daemon. */
const outliving = [
  ...['--only', 'kill a daemon', '--faults', '1', '--away', '15', '--hold', '5'],
  ...['--workspaces', '2', '--daemons', '1', '--lines', '4000'],
];
const worksOn = /^overlapped: .* works on, /m;

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
    // The daemon accepts what it was offered first, declines the second offer, since its slot is taken, and holds the job
    // by an attempt that nobody will ever start.
    guard: 'protocol.fence',
    finds: /^stuck: /m,
    args: [
      ...['--only', 'freeze a daemon until it is offered a build again', '--faults', '1', '--rest', '3000'],
      ...['--workspaces', '1', '--daemons', '1', '--max-jobs', '1', '--build-limit', '60'],
    ],
  },
  {
    // What is larger than what goes with the terminal message.
    guard: 'store.digest',
    finds: /^lost: .* runs with 0 of 4 objects$/m,
    args: [
      ...['--only', 'damage all states on their way', '--faults', '1', '--away', '10'],
      ...['--workspaces', '2', '--daemons', '1', '--ballast', '200000', '--build-limit', '60'],
    ],
  },
  { guard: 'store.late_state', finds: /^orphaned: /m, args: releasing },
  {
    guard: 'terraform.snapshot_check',
    finds: /^lost: .* state of build \d+ is not whole$/m,
    args: [
      ...['--only', 'kill terraforms until one leaves a state that is cut', '--faults', '1', '--away', '120'],
      ...['--workspaces', '2', '--daemons', '1', '--ballast', '2000000', '--lines', '1', '--build-limit', '60'],
    ],
  },
  {
    guard: 'terraform.lease',
    finds: worksOn,
    args: outliving,
  },
  {
    guard: 'terraform.watch_again',
    finds: worksOn,
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

function run(context: TestContext, args: string[], sandbox = false): Promise<{ code: number; said: string }> {
  return faultRun(['--seed', '1', ...args], { folder: folderOf(context), sandbox });
}

describe.concurrent('a fault run notices', () => {
  test('nothing where a build is released and its daemon comes back', { timeout: LIMIT_MS }, async context => {
    const { code, said } = await run(context, ['--steady', ...releasing]);
    expect(code, said).toBe(0);
  });

  test.skipIf(!sandboxWorks)(
    `nothing with the templates in a sandbox${noSandbox}`,
    { timeout: LIMIT_MS },
    async context => {
      const { code, said } = await run(context, ['--faults', '15', '--workspaces', '3'], true);
      expect(code, said).toBe(0);
    },
  );

  for (const { guard, finds, args } of rows) {
    test(`that ${guard} is off`, { timeout: LIMIT_MS }, async context => {
      const { code, said } = await run(context, ['--steady', ...args, '--guard-off', guard]);
      expect(said).toMatch(finds);
      expect(code).toBe(1);
    });
  }

  test.skipIf(!sandboxWorks)(
    `that terraform.lease is off, with the templates in a sandbox${noSandbox}`,
    { timeout: LIMIT_MS },
    async context => {
      const { code, said } = await run(context, ['--steady', ...outliving, '--guard-off', 'terraform.lease'], true);
      expect(said).toMatch(worksOn);
      expect(code).toBe(1);
    },
  );
});
