import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '@berth/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { berth, type Running, startBerth } from './berth.js';
import { psk, useSite } from './site.js';

const site = useSite();

test('what a start cannot do is told, with what to do', async () => {
  const { port } = new URL(site.url);
  const folder = tempDir();
  const none = ['--provisioner-daemons', '0'];
  const taken = await berth(['server', '--data-dir', join(folder, 'a'), '--address', `127.0.0.1:${port}`, ...none]);
  expect(taken.code).toBe(1);
  expect(taken.stderr).toContain(`something listens on 127.0.0.1:${port} already\n  Choose another --address`);

  const used = await berth([
    'server',
    '--data-dir',
    join(site.folder, 'coordinator'),
    '--address',
    '127.0.0.1:0',
    ...none,
  ]);
  expect(used.code).toBe(1);
  expect(used.stderr).toMatch(new RegExp(`is in use by process ${site.server.pid}\\b`));

  writeFileSync(join(folder, 'file'), '');
  const file = await berth(['server', '--data-dir', join(folder, 'file'), '--address', '127.0.0.1:0', ...none]);
  expect(file.code).toBe(1);
  expect(file.stderr).toContain('Error: ');

  const short = await berth(['server', '--data-dir', join(folder, 'b'), '--lost-after', '1m', ...none]);
  expect(short.code).toBe(2);
  expect(short.stderr).toContain('--lost-after (60 s) is too short');
});

test('a daemon with a wrong key is refused with exit code 3, and the key is shown nowhere', async () => {
  const key = 'not the key at all';
  const args = ['provisionerd', 'start', '--url', site.url, '--data-dir', tempDir(), '--name', 'wrong', '--psk', key];
  const { code, stdout, stderr } = await berth(args);
  expect(code).toBe(3);
  expect(stderr).toContain("Compare the daemon's --psk");
  expect(stdout + stderr).not.toContain(key);
});

test('a daemon without an engine says what to install', async () => {
  const args = ['provisionerd', 'start', '--url', site.url, '--data-dir', tempDir(), '--psk-file', site.pskFile];
  const { code, stderr } = await berth(args, { PATH: tempDir() });
  expect(code).toBe(1);
  expect(stderr).toMatch(/terraform[\s\S]*--engine-path/);
});

test('a daemon that may not come, or has not what it needs, ends with the reason', async () => {
  await site.startDaemon('there');
  const folder = tempDir();
  const start = (...args: string[]) => {
    const dataDir = args.includes('--data-dir') ? [] : ['--data-dir', join(folder, 'data')];
    return berth(['provisionerd', 'start', '--url', site.url, '--psk-file', site.pskFile, ...dataDir, ...args]);
  };
  const own = await start('--tag', 'scope=user');
  expect(own).toMatchObject({ code: 3, stderr: expect.stringContaining('cannot have the tag scope=user') });
  const twice = await start('--name', 'there');
  expect(twice).toMatchObject({ code: 3, stderr: expect.stringContaining('Start the daemon with another --name') });
  const nowhere = await start('--org', 'nowhere');
  expect(nowhere).toMatchObject({ code: 3, stderr: expect.stringContaining("there is no organization 'nowhere'") });
  expect(nowhere.stderr).toContain('berth organizations list');
  expect((await start('--tag', 'owner=x')).code).toBe(2);
  writeFileSync(join(folder, 'file'), '');
  const unwritable = await start('--data-dir', join(folder, 'file'));
  expect(unwritable).toMatchObject({ code: 1, stderr: expect.stringContaining('cannot be written to') });
  const used = await start('--data-dir', join(site.folder, 'daemons', 'there'));
  expect(used).toMatchObject({ code: 1, stderr: expect.stringContaining('daemon there holds it') });

  const engine = join(folder, 'terraform');
  const report = '{"terraform_version":"1.0.1","platform":"linux_amd64"}';
  const script = `#!/bin/sh\nif [ "$2" = -json ]; then echo '${report}'; else echo 'Terraform v1.0.1'; fi\n`;
  writeFileSync(engine, script, { mode: 0o755 });
  const old = await start('--engine-path', engine);
  expect(old).toMatchObject({ code: 1, stderr: expect.stringMatching(/is terraform 1\.0\.1; at least \S+ is needed/) });
  writeFileSync(engine, '#!/bin/sh\nexit 1\n');
  expect((await start('--engine-path', engine)).stderr).toContain('does not work');
});

test('a daemon without any credential says what it needs', async () => {
  const env = { BERTH_CONFIG_DIR: tempDir() };
  const { code, stderr } = await berth(['provisionerd', 'start', '--url', site.url, '--data-dir', tempDir()], env);
  expect(code).toBe(3);
  expect(stderr).toContain('Give --psk-file (or BERTH_PROVISIONER_DAEMON_PSK), or log in');
});

test('a daemon of a user comes with the saved login, and is told that a key is preferred', async () => {
  const args = ['provisionerd', 'start', '--data-dir', tempDir(), '--name', 'of-admin'];
  const daemon = startBerth(args, site.env);
  onTestFinished(async () => {
    await daemon.stop('SIGKILL');
  });
  await daemon.until(/WARN .*pre-shared key/);
  expect(await daemon.stop('SIGTERM')).toBe(0);
});

test('SIGTERM ends a daemon with exit code 0; its key is seen neither in its arguments nor by its templates', async () => {
  const data = tempDir();
  const args = ['provisionerd', 'start', '--url', site.url, '--name', 'argv', '--data-dir', data, '--psk', psk];
  const daemon = startBerth(args, { BERTH_PROVISIONERD_TAGS: 'a=b,c=d', BERTH_PROVISIONERD_MAX_JOBS: '2' });
  onTestFinished(async () => {
    await daemon.stop('SIGKILL');
  });
  await daemon.until(/successfully connected .*tags="a=b c=d scope=organization"/);
  expect(readFileSync(`/proc/${daemon.pid}/cmdline`, 'utf8')).not.toContain(psk);
  expect((await site.run('provisioner', 'list')).stdout).toMatch(/^argv +idle +a=b c=d scope=organization +0\/2 /m);
  expect(await daemon.stop('SIGTERM')).toBe(0);
  expect(daemon.output()).toContain('SIGTERM: takes no more jobs and ends when the last one has');
});

test('a coordinator runs its built-in daemons in one child, which gets its key by no argument', async () => {
  const server = await startServer('2');
  await server.until(/successfully connected .*name=built-in-2/);
  const [child] = childrenOf(server.pid);
  expect(childrenOf(server.pid)).toHaveLength(1);
  const argv = readFileSync(`/proc/${child}/cmdline`, 'utf8').split('\0').filter(Boolean);
  expect(argv.slice(2)).toEqual(['provisionerd', 'built-in']);
  expect(readFileSync(`/proc/${child}/environ`, 'utf8')).not.toMatch(/berth_bin_|BERTH_/);
  expect(await server.stop('SIGTERM')).toBe(0);
  expect(server.output()).toContain('the coordinator has stopped');
});

test('the built-in daemons end when their coordinator is killed', async () => {
  const server = await startServer('1');
  await server.until(/successfully connected/);
  await server.stop('SIGKILL');
  // The output of the child is part of the server's: it has ended when both are.
  expect(server.output()).toContain('the coordinator is gone');
});

async function startServer(daemons: string): Promise<Running> {
  const folder = tempDir();
  mkdirSync(folder, { recursive: true });
  const args = ['server', '--data-dir', folder, '--address', '127.0.0.1:0', '--provisioner-daemons', daemons];
  const server = startBerth(args, { BERTH_LOG_LEVEL: 'info' });
  onTestFinished(async () => {
    await server.stop('SIGKILL');
  });
  await server.until(/ready at/);
  return server;
}

function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .filter(other => parentOf(other) === pid);
}

function parentOf(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    // It has ended in the meantime.
    return null;
  }
}
