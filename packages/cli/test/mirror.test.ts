import { createHash } from 'node:crypto';
import { appendFileSync, chmodSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startNetworkMirror, tempDir, testPlugins, writeZip } from '@berth/testkit';
import { expect, test } from 'vitest';
import { berth } from './berth.js';

const plugins = await testPlugins();
const mirrorCommand = (...args: string[]) => berth(['provisionerd', 'mirror', ...args]);

/** The archive of a release, made of a program that is none. */
function release(type: string): string {
  const path = join(tempDir(), `terraform-provider-${type}_1.2.3_linux_arm64.zip`);
  writeZip(path, [
    { name: `terraform-provider-${type}_v1.2.3`, content: Buffer.from('program'), mode: 0o755 },
    { name: 'LICENSE.txt', content: Buffer.from('free') },
  ]);
  return path;
}

test('an archive is added for both engines, told by its name, and verified', async () => {
  const mirror = join(tempDir(), 'mirror');
  const archive = release('thing');
  const added = await mirrorCommand('add', mirror, archive, '--plugin', 'acme/thing', '--json');
  expect(JSON.parse(added.stdout)).toMatchObject(
    ['registry.terraform.io', 'registry.opentofu.org'].map(host => {
      return { address: `${host}/acme/thing`, version: '1.2.3', platform: 'linux_arm64', already: false };
    }),
  );
  const again = await mirrorCommand('add', mirror, archive, '--plugin', 'acme/thing');
  expect(again).toMatchObject({ code: 0, stderr: expect.stringContaining('Was there already') });
  const list = await mirrorCommand('list', mirror);
  expect(list.stdout).toMatch(/registry\.opentofu\.org\/acme\/thing +1\.2\.3 +linux_arm64/);
  expect(await mirrorCommand('verify', mirror)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('2 plugins, nothing wrong.'),
  });

  const program = join(mirror, 'registry.terraform.io/acme/thing/1.2.3/linux_arm64/terraform-provider-thing_v1.2.3');
  chmodSync(program, 0o755);
  appendFileSync(program, 'more');
  const verified = await mirrorCommand('verify', mirror);
  expect(verified).toMatchObject({ code: 1, stdout: expect.stringContaining('it was changed since it was added') });
  const refused = await mirrorCommand('add', mirror, archive, '--plugin', 'acme/thing');
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('with other content') });
});

test('what is not what it should be is not added, and leaves nothing behind', async () => {
  const mirror = join(tempDir(), 'mirror');
  const program = join(tempDir(), 'terraform-provider-thing_v1.0.0');
  writeFileSync(program, 'program');
  const sha256 = createHash('sha256').update('program').digest('hex');
  const cut = join(tempDir(), 'terraform-provider-thing_1.0.0_linux_amd64.zip');
  writeFileSync(cut, readFileSync(release('thing')).subarray(0, 60));
  const outside = join(tempDir(), 'terraform-provider-thing_1.0.0_linux_amd64.zip');
  writeZip(outside, [{ name: '../terraform-provider-thing_v1.0.0', content: Buffer.from('x'), mode: 0o755 }]);
  const plugin = ['--plugin', 'acme/thing'];
  const rows: [string[], string][] = [
    [[program, ...plugin], 'Give its checksum with --sha256.'],
    [[program, ...plugin, '--sha256', sha256.replace(/^./, 'z')], 'is no sha256'],
    [[program, ...plugin, '--sha256', '0'.repeat(64)], `has the sha256 ${sha256}`],
    [[program, '--sha256', sha256], 'Name it with --plugin NAMESPACE/TYPE.'],
    [[cut, ...plugin], 'cannot be unpacked'],
    [[outside, ...plugin], 'cannot be unpacked'],
    [[release('other'), ...plugin], 'holds no program terraform-provider-thing'],
    [[release('thing'), '--plugin', '../../thing'], "is no plugin's address"],
    [[join(mirror, 'gone.zip'), ...plugin], 'there is no file'],
    [[tempDir(), ...plugin, '--sha256', sha256], 'is no file'],
    [[program, ...plugin, '--sha256', sha256, '--plugin-version', '1.0.0/../../..'], 'is no version of a plugin'],
    [[program, ...plugin, '--sha256', sha256, '--platform', '../amd64'], 'is no platform'],
  ];
  for (const [args, message] of rows) {
    const { code, stderr } = await mirrorCommand('add', mirror, ...args);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  }
  mkdirSync(mirror, { recursive: true });
  expect(readdirSync(mirror)).toEqual([]);
  // What a killed one left goes with the next.
  const left = join(mirror, '.draft-left');
  mkdirSync(join(left, 'files'), { recursive: true });
  utimesSync(left, 1, 1);
  const given = ['--plugin', 'registry.example.com:8443/Acme/Thing', '--sha256', sha256.toUpperCase()];
  expect(await mirrorCommand('add', mirror, program, ...given)).toMatchObject({ code: 0 });
  expect(readdirSync(mirror).sort()).toEqual(['.berth', 'registry.example.com:8443']);
  expect(readdirSync(join(mirror, 'registry.example.com:8443'))).toEqual(['acme']);
});

test('a mirror that cannot be written to is told as such', async () => {
  const file = join(tempDir(), 'file');
  writeFileSync(file, '');
  const { code, stderr } = await mirrorCommand('add', join(file, 'mirror'), release('thing'), '--plugin', 'acme/thing');
  expect(code).toBe(2);
  expect(stderr).toContain(`the plugin mirror ${file}/mirror cannot be written to`);
});

const skipped = plugins.skipped === null ? '' : ` (skipped: ${plugins.skipped})`;

test.skipIf(plugins.mirror === null)(`a lock file fills a mirror through the engine${skipped}`, async () => {
  const folder = tempDir();
  const network = await startNetworkMirror(plugins.mirror);
  const source = join(plugins.mirror ?? '', 'registry.terraform.io/hashicorp/time');
  const [version = ''] = readdirSync(source);
  const [platform = ''] = readdirSync(join(source, version));
  const [program = ''] = readdirSync(join(source, version, platform));
  const digest = createHash('sha256')
    .update(readFileSync(join(source, version, platform, program)))
    .digest('hex');
  // The hash of a package with one file, as engines write it.
  const hash = `h1:${createHash('sha256').update(`${digest}  ${program}\n`).digest('base64')}`;
  const lockFile = join(folder, '.terraform.lock.hcl');
  const lock = (sum: string) => {
    const address = 'registry.terraform.io/hashicorp/time';
    writeFileSync(lockFile, `provider "${address}" {\n  version = "${version}"\n  hashes = [\n    "${sum}",\n  ]\n}\n`);
  };
  lock(hash);
  const mirror = join(folder, 'mirror');
  const env = { SSL_CERT_FILE: network.certificate };
  const add = () => berth(['provisionerd', 'mirror', 'add', mirror, lockFile, '--plugin-mirror', network.url], env);
  expect(await add()).toMatchObject({ code: 0, stderr: expect.stringContaining(`hashicorp/time ${version}`) });
  const verify = () => berth(['provisionerd', 'mirror', 'verify', mirror, '--lock-file', lockFile]);
  expect(await verify()).toMatchObject({ code: 0, stdout: expect.stringContaining('2 plugins, nothing wrong.') });

  lock(`h1:${'A'.repeat(43)}=`);
  expect(await add()).toMatchObject({ code: 1, stderr: expect.stringContaining('providers lock -platform=') });
  expect(await verify()).toMatchObject({ code: 1, stdout: expect.stringContaining('none of its checksums') });
});
