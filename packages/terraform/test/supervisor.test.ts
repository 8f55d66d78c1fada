import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '@berth/testkit';
import { expect, test } from 'vitest';
import {
  apply,
  identify,
  type ProcessIdentity,
  RunFolder,
  type RunHandle,
  secondsSinceBoot,
  startTerraform,
} from '../src/index.js';
import { fileThere, gone, pidsOf, startedRun } from './runs.js';
import { attempt } from './setup.js';

function newRun(): RunFolder {
  return new RunFolder(join(tempDir(), 'run'));
}

/** A template with one resource that runs a command. */
function running(command: string): Record<string, string> {
  return {
    'main.tf': `
resource "terraform_data" "main" {
  provisioner "local-exec" {
    command = ${JSON.stringify(command)}
  }
}
`,
  };
}

test('a run leaves its output, exit code and processes in its folder', async () => {
  const run = newRun();
  const handle = startedRun(run, 'echo out; echo err >&2; exit 3');
  expect(await handle.exited).toEqual({ code: 3 });
  expect(readFileSync(run.output, 'utf8')).toBe('out\nerr\n');
  expect(handle.rungs()).toEqual([]);
  const pids = handle.pids();
  expect(pids?.child).toEqual(pids?.engine);
  expect(pids?.supervisor.pid).not.toBe(pids?.engine.pid);
  expect(statSync(run.path).mode & 0o777).toBe(0o700);
});

test.each([
  ['exit 0', 0],
  ['exit 5', 1],
])('terraform with a provisioner that does `%s` ends with %i', async (command, code) => {
  const context = await attempt(running(command));
  expect((await apply(context)).exit).toEqual({ code });
});

test('terraform killed from outside: the signal is in the exit code', async () => {
  const context = await attempt(running('sleep 600'));
  const end = apply(context);
  await context.seen(event => event.type === 'provision_start');
  process.kill(context.run().pids()?.engine.pid ?? 0, 'SIGKILL');
  expect(await end).toMatchObject({ exit: { code: 137 }, succeeded: false, rungs: [] });
});

test('what local-exec leaves running is killed with its group', async () => {
  const folder = tempDir();
  const context = await attempt(running(`sleep 600 >/dev/null 2>&1 & echo $! >${folder}/left; cat ${folder}/go`));
  writeFileSync(join(folder, 'go'), '');
  const end = apply(context);
  await fileThere(join(folder, 'left'));
  const left = identify(Number(readFileSync(join(folder, 'left'), 'utf8')));
  expect((await end).succeeded).toBe(true);
  if (left !== null) await gone(left);
});

test('INT, TERM and HUP do not move the supervisor', async () => {
  const folder = tempDir();
  const run = newRun();
  const handle = startedRun(run, `mkfifo ${folder}/go; read -r line <${folder}/go; exit 4`);
  const pids = await pidsOf(handle);
  await fileThere(join(folder, 'go'));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(pids.supervisor.pid, signal);
  writeFileSync(join(folder, 'go'), 'go\n');
  expect(await handle.exited).toEqual({ code: 4 });
});

test('the engine leads a session and a group of its own, apart from those of the supervisor', async () => {
  const run = newRun();
  // Its pid, group and session; then those of its parent.
  await startedRun(run, 'cut -d " " -f 1,5,6 /proc/$$/stat; cut -d " " -f 1,5,6 /proc/$PPID/stat').exited;
  const [engine = [], supervisor = []] = readFileSync(run.output, 'utf8')
    .trim()
    .split('\n')
    .map(line => line.split(' '));
  expect(new Set(engine).size).toBe(1);
  expect(new Set(supervisor).size).toBe(1);
  expect(engine[0]).not.toBe(supervisor[0]);
});

test('of the supervisor itself nothing is left when a run has ended, not even the sleep between two looks', async () => {
  const folder = tempDir();
  const command = `mkfifo ${folder}/go; read -r line <${folder}/go`;
  const handle = startedRun(newRun(), command, { ladder: { pollMs: 600_000 } });
  const { supervisor } = await pidsOf(handle);
  await fileThere(join(folder, 'go'));
  let below = descendants(supervisor.pid);
  // Supervisor, watcher, its sleep, the engine.
  while (below.length < 4) below = descendants(supervisor.pid);
  writeFileSync(join(folder, 'go'), 'go\n');
  await handle.exited;
  for (const identity of below) await gone(identity);
});

/** A process and all below it. */
function descendants(pid: number): ProcessIdentity[] {
  const identity = identify(pid);
  if (identity === null) return [];
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .split(' ')
    .filter(child => child !== '');
  return [identity, ...children.flatMap(child => descendants(Number(child)))];
}

test('a folder that holds a run is not used for another', async () => {
  const run = newRun();
  await startedRun(run, 'exit 0').exited;
  expect(() => startedRun(run, 'exit 0')).toThrow(expect.objectContaining({ code: 'start_failed' }));
});

test('a working directory that is not there is an error at once', () => {
  const start = (): RunHandle =>
    startTerraform({
      run: newRun(),
      file: 'sh',
      args: [],
      cwd: '/nowhere',
      env: {},
      leaseDeadline: secondsSinceBoot() + 60,
    });
  expect(start).toThrow(expect.objectContaining({ code: 'start_failed' }));
});

test('a program that is not there ends with its exit code and says so in the output', async () => {
  const run = newRun();
  const handle = startTerraform({
    run,
    file: '/nowhere/terraform',
    args: [],
    cwd: '/',
    env: { PATH: process.env.PATH ?? '' },
    leaseDeadline: secondsSinceBoot() + 60,
  });
  expect(await handle.exited).toEqual({ code: 127 });
  expect(readFileSync(run.output, 'utf8')).toContain('/nowhere/terraform');
});
