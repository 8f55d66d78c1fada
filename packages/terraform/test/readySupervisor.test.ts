import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tempDir } from '@berth/testkit';
import { expect, test } from 'vitest';
import { type ProcessIdentity, RunFolder, secondsSinceBoot } from '../src/index.js';
import { findByArguments } from '../src/supervisor/findProcesses.js';
import { ReadySupervisor } from '../src/supervisor/readySupervisor.js';
import { gone } from './runs.js';

const packageFolder = fileURLToPath(new URL('..', import.meta.url));

function ready(): { supervisor: ReadySupervisor; run: RunFolder; identity: ProcessIdentity; marker: string } {
  const folder = tempDir();
  const run = new RunFolder(join(folder, 'run'));
  const marker = join(folder, 'started');
  const args = ['-c', `echo "$@" >${marker}`, 'sh', 'first'];
  const supervisor = new ReadySupervisor({ run, file: '/bin/sh', args, cwd: '/', env: { PATH: '/usr/bin:/bin' } });
  const [identity] = findByArguments([run.path]);
  if (identity === undefined) throw new Error('no supervisor was started');
  return { supervisor, run, identity, marker };
}

test('a supervisor at the ready starts its command when it is told, with what is added to its arguments', async () => {
  const { supervisor, run, marker } = ready();
  expect(existsSync(run.path)).toBe(false);
  const handle = supervisor.start({ leaseDeadline: secondsSinceBoot() + 60 }, ['-destroy', '*']);
  supervisor.dismiss();
  expect(await handle.exited).toEqual({ code: 0 });
  expect(readFileSync(marker, 'utf8')).toBe('first -destroy *\n');
  expect(() => supervisor.start({ leaseDeadline: 0 })).toThrow(expect.objectContaining({ code: 'start_failed' }));
});

test('one that is dismissed ends without having started anything', async () => {
  const { supervisor, run, identity, marker } = ready();
  supervisor.dismiss();
  await gone(identity);
  expect([run.path, marker].map(path => existsSync(path))).toEqual([false, false]);
});

test('one whose process is killed before it says the word ends without having started anything', async () => {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '--build', packageFolder]);
  const folder = tempDir();
  const run = new RunFolder(join(folder, 'run'));
  const module = join(packageFolder, 'dist/supervisor/readySupervisor.js');
  const program = `
    import { ReadySupervisor } from '${module}';
    import { RunFolder } from '${join(packageFolder, 'dist/index.js')}';
    new ReadySupervisor({ run: new RunFolder('${run.path}'), file: '/bin/sh', args: [], cwd: '/', env: {} });
    console.log('ready');
    setInterval(() => undefined, 1000);
  `;
  writeFileSync(join(folder, 'program.mjs'), program);
  const starter = spawn(process.execPath, [join(folder, 'program.mjs')], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(starter, 'exit');
  await once(starter.stdout, 'data');
  const [identity] = findByArguments([run.path]);
  if (identity === undefined) throw new Error('no supervisor was started');
  starter.kill('SIGKILL');
  await ended;
  await gone(identity);
  expect(existsSync(run.path)).toBe(false);
});
