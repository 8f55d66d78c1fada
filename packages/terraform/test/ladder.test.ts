import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir, testPlugins } from '@berth/testkit';
import { describe, expect, test } from 'vitest';
import {
  apply,
  chooseFinalState,
  identify,
  type OperationEnd,
  RunFolder,
  type Sandbox,
  secondsSinceBoot,
} from '../src/index.js';
import { places } from './places.js';
import { fileThere, pidsOf, startedRun } from './runs.js';
import { attempt, type TestAttempt } from './setup.js';

const plugins = await testPlugins();

/** One quick resource, then a plugin that works for ten minutes. */
const slow = {
  'main.tf': `
terraform {
  required_providers {
    time = { source = "hashicorp/time" }
  }
}
resource "terraform_data" "first" {
  input = "kept"
}
resource "time_sleep" "slow" {
  create_duration = "600s"
  depends_on      = [terraform_data.first]
}
`,
};

/** Starts an apply of `slow` and waits until its plugin works. */
async function slowApply(
  sandbox: Sandbox | null,
  ladder: TestAttempt['ladder'],
): Promise<{ context: TestAttempt; end: Promise<OperationEnd> }> {
  const context = { ...(await attempt(slow, { mirror: plugins.mirror, sandbox })), ladder };
  const end = apply(context);
  await context.seen(event => event.type === 'apply_start' && event.resource.address === 'time_sleep.slow');
  return { context, end };
}

async function ownedAfter(context: TestAttempt): Promise<string[] | undefined> {
  const final = await chooseFinalState(context.folder, context.folder.run('apply'), {
    succeeded: false,
    lineage: null,
  });
  return final.chosen?.contents.resources.map(resource => resource.address);
}

/** The plugins of a terraform: its children of that name. */
function pluginsOf(engine: number): number[] {
  return readdirSync(`/proc/${engine}/task`)
    .flatMap(task => readFileSync(`/proc/${engine}/task/${task}/children`, 'utf8').split(' '))
    .filter(child => child !== '')
    .map(Number)
    .filter(child => readFileSync(`/proc/${child}/comm`, 'utf8').startsWith('terraform-provi'));
}

for (const { name, sandbox, skipped } of await places({ plugins })) {
  describe.skipIf(skipped !== null)(`with a plugin, ${name}`, () => {
    test('stop: one SIGINT ends it in order, and what was made is kept', async () => {
      const { context, end } = await slowApply(sandbox, { pollMs: 20 });
      expect(context.run().stop()).toBe('soft');
      expect(await end).toMatchObject({
        exit: { code: 1 },
        succeeded: false,
        rungs: [{ name: 'interrupt', cause: 'soft' }],
      });
      expect(await ownedAfter(context)).toEqual(['terraform_data.first']);
    });

    test('a hung plugin is killed after the grace, and terraform then keeps what was made', async () => {
      const { context, end } = await slowApply(sandbox, { pollMs: 20, graceMs: 200, stepMs: 600_000 });
      const [plugin = 0] = pluginsOf(context.run().pids()?.engine.pid ?? 0);
      process.kill(plugin, 'SIGSTOP');
      context.run().stop();
      const { exit, rungs } = await end;
      expect(exit).toEqual({ code: 1 });
      expect(rungs.map(rung => rung.name)).toEqual(['interrupt', 'plugins']);
      // However often the supervisor looks, it sends one SIGINT: after a second one the state may be empty.
      expect(context.events.filter(event => /interrupts? received/i.test(event.message))).toHaveLength(1);
      // Recorded in hundredths of a second.
      expect(Math.round(((rungs[1]?.at ?? 0) - (rungs[0]?.at ?? 0)) * 100)).toBeGreaterThanOrEqual(20);
      expect(await ownedAfter(context)).toEqual(['terraform_data.first']);
      expect(identify(plugin)).toBeNull();
    });

    test('a second stop goes to the plugins at once, whoever asks', async () => {
      const { context, end } = await slowApply(sandbox, { pollMs: 20, graceMs: 600_000, stepMs: 600_000 });
      const [plugin = 0] = pluginsOf(context.run().pids()?.engine.pid ?? 0);
      process.kill(plugin, 'SIGSTOP');
      context.run().stop();
      await fileThere(context.run().folder.rungs);
      expect(context.run().stop()).toBe('hard');
      expect((await end).rungs.map(rung => rung.name)).toEqual(['interrupt', 'plugins']);
    });

    test('the end of the lease begins the ladder', async () => {
      const { context, end } = await slowApply(sandbox, { pollMs: 20 });
      context.run().renewLease(secondsSinceBoot() - 1);
      expect(await end).toMatchObject({ exit: { code: 1 }, rungs: [{ name: 'interrupt', cause: 'lease' }] });
      expect(await ownedAfter(context)).toContain('terraform_data.first');
    });
  });
}

/** Takes note of each SIGINT and goes on. */
const stubborn = 'trap "echo INT" INT; echo ready; while :; do sleep 0.05; done';

test('what heeds nothing is killed in the end, rung by rung', async () => {
  const run = new RunFolder(join(tempDir(), 'run'));
  const handle = startedRun(run, stubborn, { ladder: { graceMs: 100, stepMs: 100 } });
  handle.stop();
  expect(await handle.exited).toEqual({ code: 137 });
  const rungs = handle.rungs();
  expect(rungs.map(rung => [rung.name, rung.cause])).toEqual([
    ['interrupt', 'soft'],
    ['plugins', null],
    ['interrupt_again', null],
    ['kill', null],
  ]);
  expect(
    readFileSync(run.output, 'utf8')
      .split('\n')
      .filter(line => line === 'INT'),
  ).toHaveLength(2);
  const times = rungs.map(rung => rung.at);
  expect(times).toEqual([...times].sort((a, b) => a - b));
});

test('stop before the engine takes signals is not lost', async () => {
  const context = await attempt({
    'main.tf': `
resource "terraform_data" "main" {
  provisioner "local-exec" {
    command = "sleep 600"
  }
}
`,
  });
  // Slow to start: a shell that becomes terraform only when it may.
  const gate = join(tempDir(), 'gate');
  writeFileSync(`${gate}.sh`, `#!/bin/sh\nmkfifo ${gate}\nread -r line <${gate}\nexec ${context.engine.path} "$@"\n`, {
    mode: 0o755,
  });
  const end = apply({
    ...context,
    engine: { ...context.engine, path: `${gate}.sh` },
    ladder: { pollMs: 20, graceMs: 600_000 },
  });
  await fileThere(gate);
  context.run().stop();
  await fileThere(context.run().folder.rungs);
  writeFileSync(gate, 'go\n');
  expect(await end).toMatchObject({ succeeded: false, rungs: [{ name: 'interrupt' }] });
});

test('hard stop: the children die, and the ladder is climbed from its start', async () => {
  const run = new RunFolder(join(tempDir(), 'run'));
  const handle = startedRun(run, 'trap : INT; sleep 600; echo over; exit 9');
  await pidsOf(handle);
  handle.stopHard();
  expect(await handle.exited).toEqual({ code: 9 });
  expect(handle.rungs().map(rung => [rung.name, rung.cause])).toEqual([
    ['interrupt', 'hard'],
    ['plugins', null],
  ]);
});

describe('the lease', () => {
  test('spoiled in whatever way, the last deadline that was read counts', async () => {
    const spoilers: ((lease: string) => void)[] = [
      lease => rmSync(lease),
      lease => writeFileSync(lease, ''),
      lease => writeFileSync(lease, 'tomorrow\n'),
      lease => writeFileSync(lease, '-5\n'),
      lease => writeFileSync(lease, `${'9'.repeat(30)}\n`),
      lease => {
        rmSync(lease);
        mkdirSync(lease);
      },
    ];
    const deadline = Math.floor(secondsSinceBoot()) + 1;
    const runs = spoilers.map(async spoil => {
      const run = new RunFolder(join(tempDir(), 'run'));
      const handle = startedRun(run, 'trap "exit 6" INT; while :; do sleep 0.02; done', { leaseDeadline: deadline });
      await pidsOf(handle);
      spoil(run.lease);
      expect(await handle.exited).toEqual({ code: 6 });
      const [rung] = handle.rungs();
      expect(rung).toMatchObject({ name: 'interrupt', cause: 'lease' });
      expect(rung?.at).toBeGreaterThanOrEqual(deadline);
    });
    await Promise.all(runs);
  });

  test('renewed, it lets the run go on', async () => {
    const folder = tempDir();
    const run = new RunFolder(join(folder, 'run'));
    const deadline = Math.floor(secondsSinceBoot()) + 1;
    const handle = startedRun(run, `while [ ! -e ${folder}/go ]; do sleep 0.02; done; exit 0`, {
      leaseDeadline: deadline,
    });
    handle.renewLease(secondsSinceBoot() + 600);
    while (secondsSinceBoot() < deadline + 0.2) await new Promise(resolve => setTimeout(resolve, 20));
    writeFileSync(join(folder, 'go'), '');
    expect(await handle.exited).toEqual({ code: 0 });
    expect(handle.rungs()).toEqual([]);
  });

  test('without a first one nothing is started', async () => {
    const folder = tempDir();
    const run = new RunFolder(join(folder, 'run'));
    const handle = startedRun(run, `touch ${folder}/started`, { leaseDeadline: Number.NaN });
    expect(await handle.exited).toEqual({ code: 125 });
    expect(existsSync(join(folder, 'started'))).toBe(false);
    expect(readFileSync(run.output, 'utf8')).toContain('no lease');
  });
});
