import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '@berth/testkit';
import { describe, expect, test } from 'vitest';
import { apply, chooseSandbox, isAlive, probeSandbox, RunFolder, type Sandbox } from '../src/index.js';
import { testSandbox } from './places.js';
import { gone, inFolder, pidsOf, startedRun } from './runs.js';
import { attempt, engine } from './setup.js';

const { sandbox: works, skipped } = await testSandbox();

describe('choosing', () => {
  test('without bubblewrap: why not, a warning, an error', async () => {
    const options = { engine, searchPath: tempDir() };
    expect(await probeSandbox(options)).toEqual({ works: false, reason: 'bubblewrap (bwrap) is not on PATH' });
    expect(await chooseSandbox('auto', options)).toEqual({
      sandbox: null,
      warning: expect.stringContaining('without a sandbox'),
    });
    await expect(chooseSandbox('require', options)).rejects.toMatchObject({
      code: 'sandbox_unavailable',
      hint: expect.stringContaining('bubblewrap'),
    });
    expect(await chooseSandbox('none', options)).toEqual({ sandbox: null, warning: null });
  });

  test('a bwrap that is not allowed to make namespaces: its own words', async () => {
    const folder = tempDir();
    const words = 'bwrap: No permissions to create new namespace';
    writeFileSync(join(folder, 'bwrap'), `#!/bin/sh\necho '${words}' >&2\nexit 1\n`, { mode: 0o755 });
    expect(await probeSandbox({ engine, searchPath: folder })).toEqual({
      works: false,
      reason: `the engine does not run in the sandbox: ${words}`,
    });
  });

  test('a bwrap that reports nothing will not do', async () => {
    const folder = tempDir();
    writeFileSync(join(folder, 'bwrap'), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
    expect(await probeSandbox({ engine, searchPath: folder })).toMatchObject({
      works: false,
      reason: expect.stringContaining('too old'),
    });
  });

  test.skipIf(skipped !== null)('an engine that does not run in it: the reason, from a real run', async () => {
    const folder = tempDir();
    const path = join(folder, 'terraform');
    writeFileSync(path, `#!${folder}/interpreter\n`, { mode: 0o755 });
    expect(await probeSandbox({ engine: { path } })).toMatchObject({
      works: false,
      reason: expect.stringContaining('does not run in the sandbox'),
    });
  });

  test('paths that cannot be shown are refused', async () => {
    const folder = tempDir();
    mkdirSync(join(folder, 'data', 'inner'), { recursive: true });
    symlinkSync(join(folder, 'data'), join(folder, 'link'));
    const hidden = [join(folder, 'data')];
    const refused = async (paths: { readable?: string[]; writable?: string[] }): Promise<void> => {
      await expect(probeSandbox({ engine, hidden, ...paths })).rejects.toMatchObject({ code: 'sandbox_path_refused' });
    };
    await refused({ readable: [join(folder, 'missing')] });
    await refused({ readable: ['relative'] });
    await refused({ readable: [join(folder, 'data')] });
    await refused({ readable: [join(folder, 'data', 'inner')] });
    await refused({ readable: [join(folder, 'link', 'inner')] });
    await refused({ writable: [folder] });
    for (const path of ['/', '/proc', '/proc/self/environ', '/dev/shm']) await refused({ readable: [path] });
  });
});

describe.skipIf(skipped !== null)(`running${skipped ? ` (skipped: ${skipped})` : ''}`, () => {
  /** What a shell command prints in a sandbox with these paths. */
  async function printed(command: string, sandbox: Sandbox | null = works): Promise<string> {
    const run = new RunFolder(join(tempDir(), 'run'));
    await startedRun(run, command, { sandbox }).exited;
    return readFileSync(run.output, 'utf8');
  }

  async function sandboxWith(paths: Parameters<typeof testSandbox>[0]): Promise<Sandbox> {
    const { sandbox } = await testSandbox(paths);
    if (sandbox === null) throw new Error('there is no sandbox');
    return sandbox;
  }

  test('the engine is pid 1 of a namespace and leads nothing of ours; it has no capabilities', async () => {
    const run = new RunFolder(join(tempDir(), 'run'));
    const handle = startedRun(run, 'exec sleep 600', { sandbox: works });
    const { engine: process1, child } = await pidsOf(handle);
    const status = (): string => readFileSync(`/proc/${process1.pid}/status`, 'utf8');
    while (!status().startsWith('Name:\tsleep')) await new Promise(resolve => setTimeout(resolve, 5));
    expect(status()).toMatch(/^NSpid:.*\t1$/m);
    expect(status()).toMatch(/^CapEff:\t0+$/m);
    expect(status()).toMatch(/^CapBnd:\t0+$/m);
    expect(child).not.toEqual(process1);
    handle.stopHard();
    process.kill(process1.pid, 'SIGKILL');
    expect(await handle.exited).toEqual({ code: 137 });
  });

  test('what the owner names can be read or written, and nothing beside it', async () => {
    const folder = tempDir();
    for (const name of ['shown', 'open', 'other']) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'file'), name);
    }
    const paths = { readable: [join(folder, 'shown')], writable: [join(folder, 'open')] };
    const text = await printed(
      `cd ${folder}; cat */file; echo new >shown/file; echo new >open/file; ls`,
      await sandboxWith(paths),
    );
    expect(text).toContain('openshown');
    expect(text).not.toContain('other');
    expect(readFileSync(join(folder, 'shown', 'file'), 'utf8')).toBe('shown');
    expect(readFileSync(join(folder, 'open', 'file'), 'utf8')).toBe('new\n');
  });

  test('a folder that may be read shows nothing of what is hidden, by whatever path', async () => {
    const folder = tempDir();
    mkdirSync(join(folder, 'home', 'data'), { recursive: true });
    writeFileSync(join(folder, 'home', 'data', 'journal'), 'secret-journal');
    writeFileSync(join(folder, 'home', 'psk'), 'secret-psk');
    writeFileSync(join(folder, 'home', 'notes'), 'notes');
    symlinkSync(join(folder, 'home'), join(folder, 'link'));
    const hidden = [join(folder, 'home', 'data'), join(folder, 'link', 'psk')];
    const readable = [join(folder, 'home'), join(folder, 'link')];
    const command = `cd ${folder}; cat home/notes link/notes home/psk link/psk home/data/* link/data/*`;
    const text = await printed(command, await sandboxWith({ readable, hidden }));
    expect(text).toContain('notesnotes');
    expect(text).not.toContain('secret');
  });

  test('programs, certificates and name look-ups work; the home folder is empty, and nothing is lost in it', async () => {
    const text = await printed('getent hosts localhost; ls /etc/ssl/certs | head -1; touch /tmp/x && echo tmp');
    expect(text).toContain('localhost');
    expect(text).toContain('tmp');
    const context = await attempt(
      {
        'main.tf': `
resource "terraform_data" "main" {
  provisioner "local-exec" {
    command = "ls -A $HOME | wc -l >seen; touch $HOME/file || echo refused >>seen; mkdir -p $XDG_CACHE_HOME && echo cache >>seen"
  }
}
`,
      },
      { sandbox: works, env: { HOME: process.env.HOME ?? '/nowhere/home', XDG_CACHE_HOME: '/nowhere/cache' } },
    );
    expect(await apply(context)).toMatchObject({ succeeded: true });
    expect(readFileSync(join(context.folder.work, 'seen'), 'utf8')).toBe('0\nrefused\ncache\n');
  });

  test('bwrap killed: no exit is recorded before the engine ends, and none that would be a lie', async () => {
    const folder = tempDir();
    const run = new RunFolder(join(folder, 'run'));
    const handle = startedRun(run, `cd ${folder}; mkfifo go; read -r line <go; exit 0`, { sandbox: works });
    await inFolder(folder, () => existsSync(join(folder, 'go')));
    const pids = await pidsOf(handle);
    process.kill(pids.child.pid, 'SIGKILL');
    await gone(pids.child);
    handle.check();
    expect(readFileSync(run.exit, 'utf8')).toBe('----\n');
    expect(isAlive(pids.engine)).toBe(true);
    writeFileSync(join(folder, 'go'), 'go\n');
    expect(await handle.exited).toEqual({ code: null });
    expect(isAlive(pids.engine)).toBe(false);
  });

  test('bwrap killed: the ladder still ends the engine', async () => {
    const folder = tempDir();
    const run = new RunFolder(join(folder, 'run'));
    const handle = startedRun(run, `trap "exit 0" INT; touch ${folder}/ready; while :; do sleep 0.02; done`, {
      sandbox: works,
    });
    await inFolder(folder, () => existsSync(join(folder, 'ready')));
    const pids = await pidsOf(handle);
    process.kill(pids.child.pid, 'SIGKILL');
    await gone(pids.child);
    handle.stop();
    expect(await handle.exited).toEqual({ code: null });
    expect(handle.rungs()).toMatchObject([{ name: 'interrupt', cause: 'soft' }]);
  });

  test('a sandbox that cannot be set up is an error of its own', async () => {
    const folder = tempDir();
    const sandbox = await sandboxWith({ writable: [folder] });
    const context = await attempt({ 'main.tf': 'resource "terraform_data" "main" {}\n' });
    const end = await apply({ ...context, sandbox: { ...sandbox, writable: [join(folder, 'gone')] } });
    expect(end).toMatchObject({ exit: { code: 1 }, succeeded: false });
    expect(end.errors).toMatchObject([
      { summary: 'The sandbox could not be set up', detail: expect.stringContaining(join(folder, 'gone')) },
    ]);
  });
});
