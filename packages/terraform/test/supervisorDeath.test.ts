import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '@berth/testkit';
import { describe, expect, test } from 'vitest';
import { attach, identify, isAlive, RunFolder, type RunHandle, type RunPids, secondsSinceBoot } from '../src/index.js';
import { places } from './places.js';
import { endAfterTest, fileThere, gone, inFolder, pidsOf, startedRun } from './runs.js';

/** Waits at the fifo `go`, and ends with 4. */
const waiting = 'mkfifo go; read -r line <go; exit 4';
/** Ends with 6 at the first SIGINT. */
const heedful = 'trap "exit 6" INT; touch ready; while :; do sleep 0.02; done';
/** Takes note of each SIGINT and goes on. */
const stubborn = 'trap "echo INT" INT; touch ready; while :; do sleep 0.02; done';

for (const { name, sandbox, skipped } of await places()) {
  describe.skipIf(skipped !== null)(name, () => {
    /** A run of a shell command that has come so far that the file is there, with all its processes known. */
    async function started(
      command: string,
      file: string,
      options: Parameters<typeof startedRun>[2] = {},
    ): Promise<{ folder: string; handle: RunHandle; pids: RunPids & { watcher: NonNullable<RunPids['watcher']> } }> {
      const folder = tempDir();
      const run = new RunFolder(join(folder, 'run'));
      const handle = startedRun(run, `cd ${folder}; ${command}`, { ...options, sandbox });
      await inFolder(
        run.path,
        () => handle.pids()?.watcher != null && readFileSync(run.pids, 'utf8').includes('engine'),
      );
      await fileThere(join(folder, file));
      const pids = await pidsOf(handle);
      if (pids.watcher === null) throw new Error('no watcher was recorded');
      return { folder, handle, pids: { ...pids, watcher: pids.watcher } };
    }

    /** Supervisor and watcher in one session: kill -9 of both. */
    async function killBoth({ supervisor, watcher }: Awaited<ReturnType<typeof started>>['pids']): Promise<void> {
      process.kill(-supervisor.pid, 'SIGKILL');
      await gone(supervisor);
      await gone(watcher);
    }

    test('the supervisor was killed: its watcher keeps the lease and records the end', async () => {
      const { handle, pids } = await started(heedful, 'ready');
      process.kill(pids.supervisor.pid, 'SIGKILL');
      await gone(pids.supervisor);
      handle.renewLease(secondsSinceBoot() - 1);
      // In a sandbox bwrap knows the exit code.
      expect(await handle.exited).toEqual({ code: sandbox === null ? null : 6 });
      expect(handle.rungs()).toMatchObject([{ name: 'interrupt', cause: 'lease' }]);
      expect(isAlive(pids.engine)).toBe(false);
      expect(handle.pids()?.watcher).toEqual(pids.watcher);
    });

    test('the supervisor was killed: what the engine leaves in its group is killed', async () => {
      const { folder, handle, pids } = await started(`sleep 600 & echo $! >left; ${waiting}`, 'go');
      const inside = Number(readFileSync(join(folder, 'left'), 'utf8'));
      const left = sandbox === null ? identify(inside) : null;
      process.kill(pids.supervisor.pid, 'SIGKILL');
      writeFileSync(join(folder, 'go'), 'go\n');
      await handle.exited;
      if (left !== null) await gone(left);
    });

    test('the watcher was killed: another takes its place, and the exit code is kept', async () => {
      const { handle, pids } = await started(heedful, 'ready');
      process.kill(pids.watcher.pid, 'SIGKILL');
      await gone(pids.watcher);
      handle.check();
      const second = handle.pids()?.watcher;
      expect(second).not.toEqual(pids.watcher);
      // However often it is asked, there is one.
      handle.check();
      expect(handle.pids()?.watcher).toEqual(second);
      handle.renewLease(secondsSinceBoot() - 1);
      expect(await handle.exited).toEqual({ code: 6 });
      expect(handle.rungs()).toMatchObject([{ name: 'interrupt', cause: 'lease' }]);
      if (second != null) await gone(second);
      expect(await attach(handle.folder).exited).toEqual({ code: 6 });
    });

    test('both were killed: who attaches starts another watcher, which keeps the lease and records the end', async () => {
      const { handle, pids } = await started(heedful, 'ready');
      handle.close();
      await killBoth(pids);
      const adopted = attach(handle.folder);
      endAfterTest(adopted);
      expect(adopted.pids()?.watcher).not.toEqual(pids.watcher);
      adopted.renewLease(secondsSinceBoot() - 1);
      expect(await adopted.exited).toEqual({ code: sandbox === null ? null : 6 });
      expect(adopted.rungs()).toMatchObject([{ name: 'interrupt', cause: 'lease' }]);
    });

    test('a watcher that comes later sends no second SIGINT, and goes on with the next rung', async () => {
      const ladder = { graceMs: 600_000, stepMs: 600_000 };
      const { folder, handle, pids } = await started(`sleep 600 & ${stubborn}`, 'ready', { ladder });
      handle.stop();
      const output = join(folder, 'run', 'out');
      await inFolder(join(folder, 'run'), () => readFileSync(output, 'utf8').includes('INT'));
      await killBoth(pids);
      handle.check();
      handle.stop();
      await inFolder(handle.folder.path, () => handle.rungs().length === 2);
      expect(handle.rungs().map(rung => rung.name)).toEqual(['interrupt', 'plugins']);
      expect(readFileSync(output, 'utf8').match(/INT/g)).toHaveLength(1);
      process.kill(pids.engine.pid, 'SIGKILL');
      expect(await handle.exited).toEqual({ code: sandbox === null ? null : 137 });
    });

    test('killed before it recorded the engine: the run is found by its output', async () => {
      const { handle, pids } = await started(heedful, 'ready');
      handle.close();
      await killBoth(pids);
      const { pid, start } = pids.supervisor;
      writeFileSync(handle.folder.pids, `supervisor ${pid} ${start}\n`);
      const adopted = attach(handle.folder);
      endAfterTest(adopted);
      adopted.check();
      expect(adopted.pids()).toMatchObject({ child: pids.child, engine: pids.engine });
      adopted.stop();
      expect(await adopted.exited).toEqual({ code: sandbox === null ? null : 6 });
    });

    test('stopped, the supervisor records the exit code when it goes on', async () => {
      const { folder, handle, pids } = await started(waiting, 'go');
      process.kill(pids.supervisor.pid, 'SIGSTOP');
      writeFileSync(join(folder, 'go'), 'go\n');
      await gone(pids.engine);
      await gone(pids.watcher);
      handle.check();
      expect(readFileSync(handle.folder.exit, 'utf8')).toBe('----\n');
      process.kill(pids.supervisor.pid, 'SIGCONT');
      expect(await handle.exited).toEqual({ code: 4 });
    });
  });
}
