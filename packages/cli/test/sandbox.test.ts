import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '@berth/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { berth, startBerth } from './berth.js';
import { psk, useSite, writeTemplate } from './site.js';

const site = useSite();
const works = spawnSync('bwrap', ['--unshare-user', '--unshare-pid', '--ro-bind', '/', '/', 'true']).status === 0;
const skipped = works ? '' : ' (skipped: bubblewrap does not work here)';

test.skipIf(!works)(`a template in the sandbox reads nothing of its daemon, which says so${skipped}`, async () => {
  const shown = join(site.folder, 'shown');
  mkdirSync(shown);
  const daemon = await site.startDaemon('walled', '--sandbox', 'require', '--sandbox-writable', shown);
  expect(daemon.output()).toMatch(/successfully connected .*sandbox=bubblewrap/);
  expect((await site.run('provisioner', 'list')).stdout).toMatch(/^walled .* bubblewrap /m);
  const look = [
    `cat ${site.pskFile} ${site.folder}/config/* /proc/[0-9]*/environ`,
    `ls ${site.folder} ${site.folder}/daemons/walled ${site.folder}/coordinator`,
    `echo done >${shown}/file`,
  ].join('; ');
  const template = writeTemplate(
    tempDir(),
    'hostile',
    `resource "terraform_data" "a" {\n  provisioner "local-exec" {\n    command = "(${look}) 2>/dev/null | tr '\\\\0' '\\\\n'"\n  }\n}\n`,
  );
  expect((await site.run('templates', 'push', 'hostile', '--directory', template, '--yes')).code).toBe(0);
  expect((await site.run('create', 'hostile', '--template', 'hostile', '--yes')).code).toBe(0);
  const { stdout: log } = await site.run('logs', 'hostile');
  // Its own environment is there: what it looked for would have been shown.
  expect(log).toContain('TF_IN_AUTOMATION=1');
  expect(readFileSync(join(shown, 'file'), 'utf8')).toBe('done\n');
  // Folders that lead to what it may see.
  expect(log).not.toMatch(/berth_ses|\binstance\b|BERTH_/);
  expect(log).not.toContain(psk);
});

test('where there is no bubblewrap, `require` does not start a daemon, and says what to do', async () => {
  const path = tempDir();
  const engine = execFileSync('sh', ['-c', 'command -v terraform'], { encoding: 'utf8' }).trim();
  symlinkSync(engine, join(path, 'terraform'));
  const args = ['provisionerd', 'start', '--url', site.url, '--data-dir', tempDir(), '--psk-file', site.pskFile];
  const { code, stderr } = await berth([...args, '--name', 'bare', '--sandbox', 'require'], { PATH: path });
  expect(code).toBe(1);
  expect(stderr).toContain('bubblewrap (bwrap) is not on PATH\n  Install bubblewrap');

  const daemon = startBerth([...args, '--name', 'bare'], { PATH: path });
  onTestFinished(async () => {
    await daemon.stop('SIGKILL');
  });
  await daemon.until(/WARN .*without a sandbox[\s\S]*successfully connected .*sandbox=none/);
  expect(await site.run('provisioner', 'list')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^bare .* none /m),
  });
  expect(await daemon.stop('SIGTERM')).toBe(0);
});

test.skipIf(!works)(`the built-in daemons have one too${skipped}`, async () => {
  const args = ['server', '--data-dir', tempDir(), '--address', '127.0.0.1:0', '--provisioner-daemons', '1'];
  const server = startBerth(args, { BERTH_LOG_LEVEL: 'info', BERTH_SANDBOX: 'require' });
  onTestFinished(async () => {
    await server.stop('SIGKILL');
  });
  await server.until(/successfully connected .*sandbox=bubblewrap/);
  expect(await server.stop('SIGTERM')).toBe(0);
});
