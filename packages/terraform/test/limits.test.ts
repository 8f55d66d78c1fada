import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '@berth/testkit';
import { describe, expect, test } from 'vitest';
import { attach, RunFolder, secondsSinceBoot } from '../src/index.js';
import { places } from './places.js';
import { endAfterTest, fileThere, gone, inFolder, startedRun } from './runs.js';

function newRun(): RunFolder {
  return new RunFolder(join(tempDir(), 'run'));
}

for (const { name, sandbox, skipped } of await places()) {
  describe.skipIf(skipped !== null)(name, () => {
    test('a run whose time is over is stopped by the ladder', async () => {
      const limits = { deadline: secondsSinceBoot() + 0.3 };
      const handle = startedRun(newRun(), 'trap "exit 6" INT; while :; do sleep 0.02; done', { limits, sandbox });
      expect(await handle.exited).toEqual({ code: 6 });
      const [rung] = handle.rungs();
      expect(rung).toMatchObject({ name: 'interrupt', cause: 'build_timeout' });
      // Recorded in hundredths of a second.
      expect(Math.round((rung?.at ?? 0) * 100)).toBeGreaterThanOrEqual(Math.round(limits.deadline * 100));
    });

    test('a run that prints nothing for too long is stopped by the ladder', async () => {
      const handle = startedRun(newRun(), 'trap "exit 6" INT; echo once; while :; do sleep 0.02; done', {
        limits: { silenceMs: 300 },
        sandbox,
      });
      expect(await handle.exited).toEqual({ code: 6 });
      expect(handle.rungs()).toMatchObject([{ name: 'interrupt', cause: 'no_output_timeout' }]);
    });

    test('one that prints now and then is not', async context => {
      const run = newRun();
      const [limitMs, pauses] = [1_500, 6];
      // Together far beyond the limit, each pause well within it; each line says when it was printed.
      const command = `i=0; while [ $i -lt ${pauses} ]; do sleep 0.4; cat /proc/uptime; i=$((i + 1)); done; exit 3`;
      const handle = startedRun(run, command, { limits: { silenceMs: limitMs }, sandbox });
      const { code } = await handle.exited;
      const printed = readFileSync(run.output, 'utf8').trim().split('\n').map(Number.parseFloat);
      const pauseMs = printed.map((at, i) => 1_000 * (at - (printed[i - 1] ?? at)));
      // On a machine that is too busy to let it print it was silent, and rightly stopped.
      if (printed.length < pauses || Math.max(...pauseMs) > limitMs / 2)
        context.skip('the machine had no time for it to print');
      expect(handle.rungs()).toEqual([]);
      expect(code).toBe(3);
    });

    test('the limits hold after the kill of the supervisor too', async () => {
      const folder = tempDir();
      const handle = startedRun(
        new RunFolder(join(folder, 'run')),
        `cd ${folder}; trap "exit 6" INT; while :; do sleep 0.02; [ -e quiet ] || echo; done`,
        { limits: { silenceMs: 400 }, sandbox },
      );
      await fileThere(handle.folder.output);
      await inFolder(handle.folder.path, () => {
        return handle.pids()?.watcher != null && readFileSync(handle.folder.output).length > 0;
      });
      const pids = handle.pids();
      if (pids == null) throw new Error('no processes were recorded');
      process.kill(-pids.supervisor.pid, 'SIGKILL');
      await gone(pids.supervisor);
      handle.close();
      const adopted = attach(handle.folder);
      endAfterTest(adopted);
      writeFileSync(join(folder, 'quiet'), '');
      await adopted.exited;
      expect(adopted.rungs()).toMatchObject([{ name: 'interrupt', cause: 'no_output_timeout' }]);
    });
  });
}
