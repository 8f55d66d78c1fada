import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { newMakers, type ReleaseServer, startReleaseServer, tempDir } from '@berth/testkit';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { startBerth } from './berth.js';
import { adminPassword, useSite, writeTemplate } from './site.js';

// Many commands one after the other, on a machine that may have other work.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

/** The engine of this machine. */
const engine = findTerraform();
const site = useSite();
let releases: ReleaseServer;
let used = '';

beforeAll(async () => {
  used = join(site.folder, 'used');
  // The engine of this machine, which tells when it is run.
  const program = Buffer.from(`#!/bin/sh\necho "$1" >>'${used}'\nexec '${engine.path}' "$@"\n`);
  releases = await startReleaseServer(site.folder, {
    ...{ engine: engine.name, version: engine.version, platform: engine.platform, program },
  });
});
afterAll(() => releases.close());

const release = () => `${engine.name}@${engine.version}`;
const flags = (...more: string[]) => [
  ...['--engine-install', release(), '--engine-release-url', releases.url, '--engine-release-key', releases.keyFile],
  ...more,
];

test('a daemon installs, checks and runs the release that its flags name; the next start finds it there', async () => {
  const first = await site.startDaemon('one', ...flags());
  expect(first.output()).toContain(`installing ${engine.name} ${engine.version}`);
  expect(releases.requests).toEqual([releases.paths.sums, releases.paths.signature, releases.paths.archive]);
  const listed = JSON.parse((await site.run('provisioner', 'list', '--json')).stdout);
  expect(listed).toMatchObject([{ engine: { name: engine.name, version: engine.version } }]);

  const folder = writeTemplate(site.folder, 'thing', 'resource "terraform_data" "thing" {}\n');
  for (const args of [
    ['templates', 'push', 'thing', '--directory', folder, '--yes'],
    ['create', 'demo', '--template', 'thing', '--yes'],
    ['delete', 'demo', '--yes'],
  ]) {
    const { code, stderr } = await site.run(...args);
    expect(code, stderr).toBe(0);
  }
  expect(readFileSync(used, 'utf8').split('\n')).toContain('apply');

  expect(await first.stop()).toBe(0);
  await site.startDaemon('one', ...flags());
  expect(releases.requests).toHaveLength(3);
});

test('a coordinator installs for its own daemons, as its environment says', async () => {
  const data = join(tempDir(), 'coordinator');
  const server = startBerth(['server', '--data-dir', data, '--address', '127.0.0.1:0', '--provisioner-daemons', '1'], {
    BERTH_ENGINE_INSTALL: release(),
    BERTH_ENGINE_RELEASE_URL: releases.url,
    BERTH_ENGINE_RELEASE_KEY: releases.keyFile,
    BERTH_FIRST_USER_PASSWORD: adminPassword,
  });
  onTestFinished(async () => void (await server.stop()));
  await server.until(new RegExp(`installing ${engine.name} ${engine.version}[\\s\\S]*successfully connected`));
});

test('what others have signed is not run: the daemon says so, with a hint, and ends', async () => {
  const good = releases.files.get(releases.paths.signature) ?? Buffer.alloc(0);
  onTestFinished(() => void releases.files.set(releases.paths.signature, good));
  const sums = releases.files.get(releases.paths.sums) ?? Buffer.alloc(0);
  releases.files.set(releases.paths.signature, await (await newMakers()).sign(sums));
  const data = join(tempDir(), 'daemon');
  const place = ['--url', site.url, '--psk-file', site.pskFile, '--data-dir', data, '--sandbox', 'none'];
  const daemon = startBerth(['provisionerd', 'start', ...place, ...flags()]);
  expect(await daemon.ended).toBe(1);
  expect(daemon.output()).toContain('_SHA256SUMS.');
  expect(daemon.output()).toContain("is not the makers' own: nothing of it is used");
  expect(daemon.output()).toContain('--engine-path');
  expect(existsSync(join(data, 'engines', `${engine.name}_${engine.version}_${engine.platform}`))).toBe(false);
});

test.each([
  [['--engine-install', 'latest'], "'latest' is no version of an engine"],
  [['--engine-install', '1.2.0'], 'terraform 1.2.0 cannot be used; at least 1.3.0 is needed'],
  [['--engine-install', 'packer@1.9.0'], "'packer@1.9.0' is no version of an engine"],
  [['--engine-install', '1.9.9', '--engine-path', '/bin/true'], 'cannot also be provided when using'],
])('%j is refused', async (wrong, message) => {
  const data = join(tempDir(), 'daemon');
  const place = ['--url', site.url, '--psk-file', site.pskFile, '--data-dir', data];
  const { code, stderr } = await site.run('provisionerd', 'start', ...place, ...wrong);
  expect(code).not.toBe(0);
  expect(stderr.replace(/\s+/g, ' ')).toContain(message);
});

function findTerraform() {
  const folders = (process.env.PATH ?? '').split(':');
  const path = folders.map(folder => join(folder, 'terraform')).find(existsSync) ?? 'terraform';
  const report = JSON.parse(execFileSync(path, ['version', '-json'], { encoding: 'utf8' }));
  return { name: 'terraform', version: report.terraform_version, platform: report.platform, path } as const;
}
