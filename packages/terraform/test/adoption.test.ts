import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tempDir } from '@berth/testkit';
import { beforeAll, describe, expect, test } from 'vitest';
import { attach, bootId, followRun, RunFolder, type RunHandle, secondsSinceBoot } from '../src/index.js';
import { sandboxCommand } from '../src/sandbox/sandboxCommand.js';
import { places } from './places.js';
import { endAfterTest, fileThere, gone, inFolder, pidsOf, startedRun } from './runs.js';
import { attempt } from './setup.js';

const packageFolder = fileURLToPath(new URL('..', import.meta.url));

/** Another process can only run the compiled package. */
beforeAll(() => {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '--build', packageFolder]);
});

/** A program that starts a run of a shell command and then waits for ever. */
const starter = `
import { RunFolder, startTerraform } from '${packageFolder}dist/index.js';
const [folder, file, args, deadline, sandbox = 'null'] = process.argv.slice(2);
startTerraform({
  run: new RunFolder(folder), file, args: JSON.parse(args), sandbox: JSON.parse(sandbox), cwd: process.cwd(), env: process.env,
  leaseDeadline: Number(deadline), ladder: { pollMs: 20 },
});
setInterval(() => undefined, 1000);
`;

interface Started {
  run: RunFolder;
  kill: () => Promise<void>;
}

/** Starts a run in a process of its own; `kill` is a kill -9 of that process. */
function startElsewhere(
  file: string,
  args: string[],
  options: { cwd: string; env: Record<string, string>; deadline: number; sandbox?: string[] | null },
): Started {
  const folder = tempDir();
  writeFileSync(join(folder, 'starter.mjs'), starter);
  const run = new RunFolder(join(folder, 'run'));
  const program = spawn(
    process.execPath,
    [
      ...[join(folder, 'starter.mjs'), run.path, file, JSON.stringify(args), String(options.deadline)],
      JSON.stringify(options.sandbox ?? null),
    ],
    { cwd: options.cwd, env: options.env, stdio: 'inherit' },
  );
  const ended = once(program, 'exit');
  return {
    run,
    kill: async () => {
      program.kill('SIGKILL');
      await ended;
    },
  };
}

test('terraform survives the kill of its starter, is adopted, and followed from where the first one was', async () => {
  const gate = join(tempDir(), 'gate');
  const context = await attempt({
    'main.tf': `
resource "terraform_data" "main" {
  provisioner "local-exec" {
    command = "mkfifo ${gate}; echo before; cat ${gate}; echo after"
  }
}
`,
  });
  const { run, kill } = startElsewhere(context.engine.path, ['apply', '-json', '-auto-approve'], {
    cwd: context.folder.work,
    env: { ...context.env, TF_CLI_CONFIG_FILE: context.folder.cliConfig },
    deadline: secondsSinceBoot() + 600,
  });
  await fileThere(gate);
  await kill();

  const first = attach(run);
  endAfterTest(first);
  expect(first.pids()?.engine.pid).toBeGreaterThan(0);
  const messages: string[] = [];
  let offset = 0;
  const follow = async (handle: RunHandle, from: number): Promise<unknown> =>
    followRun(handle, {
      variablesFile: null,
      redactor: null,
      from,
      onEvents: events => {
        messages.push(...events.map(event => event.message));
      },
      onProgress: end => {
        offset = end;
      },
    });
  const given = follow(first, 0);
  while (!messages.some(message => message.endsWith('before'))) await new Promise(resolve => setTimeout(resolve, 5));
  first.close();
  await expect(given).rejects.toMatchObject({ code: 'run_closed' });

  const second = attach(run);
  endAfterTest(second);
  const end = follow(second, offset);
  writeFileSync(gate, '');
  expect(await end).toMatchObject({ exit: { code: 0 }, succeeded: true, summary: { add: 1 } });
  expect(messages.filter(message => message.endsWith('(local-exec): after'))).toHaveLength(1);
});

for (const { name, sandbox, skipped } of await places()) {
  test.skipIf(skipped !== null)(
    `with its starter killed, the lease ends terraform ${name}, and code and state are there`,
    async () => {
      const context = await attempt({
        'main.tf': `
resource "terraform_data" "first" {}
resource "terraform_data" "second" {
  depends_on = [terraform_data.first]
  provisioner "local-exec" {
    command = "sleep 600"
  }
}
`,
      });
      const { work, cliConfig } = context.folder;
      const env = { ...context.env, TF_CLI_CONFIG_FILE: cliConfig };
      const view = { work, writable: [], readable: [cliConfig], env };
      const { run, kill } = startElsewhere(context.engine.path, ['apply', '-json', '-auto-approve'], {
        cwd: work,
        env,
        deadline: secondsSinceBoot() + 600,
        sandbox: sandbox && sandboxCommand(sandbox, view),
      });
      await fileThere(run.pids);
      await kill();
      const handle = attach(run);
      endAfterTest(handle);
      await inFolder(run.path, () => {
        return existsSync(run.output) && readFileSync(run.output, 'utf8').includes('"provision_start"');
      });
      // As if the time that the starter gave it were over now.
      handle.renewLease(secondsSinceBoot() - 1);
      expect(await handle.exited).toEqual({ code: 1 });
      expect(handle.rungs()).toMatchObject([{ name: 'interrupt', cause: 'lease' }]);
      expect(readFileSync(context.folder.state, 'utf8')).toContain('"first"');
    },
  );
}

test('a run that ended while nobody looked is reported with its exit code', async () => {
  const run = new RunFolder(join(tempDir(), 'run'));
  await startedRun(run, 'exit 7').exited;
  expect(await attach(run).exited).toEqual({ code: 7 });
});

describe('nobody recorded the exit code', () => {
  test('because the supervisor was killed: the end is seen, and the engine is not reported before its own', async () => {
    const folder = tempDir();
    const run = new RunFolder(join(folder, 'run'));
    const starter = startedRun(run, `mkfifo ${folder}/go; read -r line <${folder}/go`);
    const pids = await pidsOf(starter);
    await fileThere(join(folder, 'go'));
    process.kill(pids.supervisor.pid, 'SIGKILL');
    await gone(pids.supervisor);
    const handle = attach(run);
    endAfterTest(handle);
    let ended = false;
    void handle.exited.then(() => {
      ended = true;
    });
    handle.check();
    await new Promise(resolve => setImmediate(resolve));
    expect(ended).toBe(false);
    writeFileSync(join(folder, 'go'), 'go\n');
    await gone(pids.engine);
    handle.check();
    expect(await handle.exited).toEqual({ code: null });
  });

  test('because the machine restarted', async () => {
    const run = new RunFolder(join(tempDir(), 'run'));
    await startedRun(run, 'exit 0').exited;
    writeFileSync(run.exit, '----\n');
    writeFileSync(run.terms, `${bootId().replace(/^./, 'x')}\n`);
    const handle = attach(run);
    expect(handle.pids()).toBeNull();
    expect(await handle.exited).toEqual({ code: null });
  });

  test('because it was killed before it wrote anything', async () => {
    const run = new RunFolder(join(tempDir(), 'run'));
    await startedRun(run, 'exit 0').exited;
    writeFileSync(run.exit, '----\n');
    rmSync(run.pids);
    expect(await attach(run).exited).toEqual({ code: null });
  });
});

test('a success without a recorded code is told by the summary that only success prints', async () => {
  const run = new RunFolder(join(tempDir(), 'run'));
  const summary = (operation: string): string =>
    JSON.stringify({
      '@level': 'info',
      '@message': operation,
      changes: { add: 1, change: 0, import: 0, remove: 0, operation },
      type: 'change_summary',
    });
  await startedRun(run, 'exit 0').exited;
  writeFileSync(run.exit, '----\n');
  rmSync(run.pids);
  const follow = async (): Promise<boolean> => {
    const end = await followRun(attach(run), { variablesFile: null, redactor: null, onEvents: () => undefined });
    return end.succeeded;
  };
  writeFileSync(run.output, `${summary('plan')}\n`);
  expect(await follow()).toBe(false);
  writeFileSync(run.output, `${summary('plan')}\n${summary('apply')}\n`);
  expect(await follow()).toBe(true);
});

test('a folder without a run is an error', () => {
  expect(() => attach(new RunFolder(tempDir()))).toThrow(expect.objectContaining({ code: 'run_missing' }));
});

test('what the starter inherited does not reach the engine', async () => {
  const folder = tempDir();
  writeFileSync(join(folder, 'secret'), '');
  writeFileSync(join(folder, 'starter.mjs'), starter);
  const run = new RunFolder(join(folder, 'run'));
  const redirects = ['3', '7', '12', '40'].map(fd => `${fd}<secret`).join(' ');
  const program = spawn(
    'bash',
    [
      '-c',
      `exec ${redirects}; exec "$@"`,
      'bash',
      process.execPath,
      'starter.mjs',
      run.path,
      '/bin/sh',
      JSON.stringify(['-c', 'ls -l /proc/$$/fd']),
      String(secondsSinceBoot() + 600),
    ],
    { cwd: folder, stdio: 'inherit' },
  );
  await fileThere(run.pids);
  expect(await attach(run).exited).toEqual({ code: 0 });
  program.kill('SIGKILL');
  await once(program, 'exit');
  const open = readFileSync(run.output, 'utf8');
  expect(open).toContain('/dev/null');
  expect(open).not.toContain('secret');
});
