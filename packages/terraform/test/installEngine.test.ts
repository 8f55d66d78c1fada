import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newMakers, type ReleaseServer, startReleaseServer, tempDir, testGuard } from '@berth/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { releaseKeys } from '../src/engine/releaseKeys.js';
import { ownKey } from '../src/engine/signature.js';
import { findEngine, type InstallEngineOptions, installEngine } from '../src/index.js';
import { engine } from './setup.js';

const version = '1.9.9';
const archiveName = `terraform_${version}_${engine.platform}.zip`;
/** Answers as terraform does. */
const program = `#!/bin/sh
test "$2" = -json && echo '{"terraform_version":"${version}","platform":"${engine.platform}"}' || echo 'Terraform v${version}'
`;

interface Site extends ReleaseServer {
  options: InstallEngineOptions;
  folder: string;
}

/** A place of releases on loopback, with one good release. */
async function site(): Promise<Site> {
  const root = tempDir();
  const release = { engine: 'terraform', version, platform: engine.platform, program: Buffer.from(program) } as const;
  const server = await startReleaseServer(root, release);
  onTestFinished(() => server.close());
  const folder = join(root, 'engines');
  const options = { name: 'terraform', version, folder, releaseUrl: server.url, keyFile: server.keyFile } as const;
  return { ...server, options: { ...options }, folder };
}

/** What stands in the folder of engines but for lock files. */
function installedIn(folder: string): string[] {
  return readdirSync(folder).filter(name => !name.endsWith('.lock'));
}

test('a release that its makers have signed is installed once, and works', async () => {
  const { options, requests, folder, paths } = await site();
  const path = await installEngine(options);
  expect(await findEngine({ enginePath: path })).toMatchObject({ name: 'terraform', version });
  expect(statSync(path).mode & 0o777).toBe(0o755);
  expect(requests).toEqual([paths.sums, paths.signature, paths.archive]);
  expect(await installEngine(options)).toBe(path);
  expect(requests).toHaveLength(3);
  expect(installedIn(folder)).toEqual([`terraform_${version}_${engine.platform}`]);
});

test('several that start at once install it once', async () => {
  const { options, requests, paths } = await site();
  const found = await Promise.all([1, 2, 3].map(() => installEngine(options)));
  expect(new Set(found).size).toBe(1);
  expect(requests.filter(path => path === paths.archive)).toHaveLength(1);
});

const spoiled: [string, (site: Site) => void | Promise<void>, RegExp][] = [
  [
    'an archive with another content',
    ({ files, paths }) => void files.set(paths.archive, Buffer.from('another')),
    /has the sha256 \w+, and its makers signed/,
  ],
  [
    'an archive that is cut',
    ({ files, paths }) => void files.set(paths.archive, files.get(paths.archive)?.subarray(0, 100) ?? Buffer.alloc(0)),
    /has the sha256 \w+, and its makers signed/,
  ],
  [
    'a connection that ends in the middle',
    ({ files, paths, answer }) => {
      const content = files.get(paths.archive) ?? Buffer.alloc(0);
      answer.path = paths.archive;
      answer.give = response => {
        response.writeHead(200, { 'content-length': content.length });
        response.write(content.subarray(0, 100), () => response.destroy());
      };
    },
    /cannot fetch/,
  ],
  [
    'a server that falls silent',
    ({ answer, paths, options }) => {
      options.stallMs = 300;
      answer.path = paths.archive;
      answer.give = response => void response.writeHead(200).write('PK');
    },
    /nothing came for/,
  ],
  [
    'sums that were changed after they were signed',
    ({ files, paths }) => void files.set(paths.sums, Buffer.from(`${'1'.repeat(64)}  ${archiveName}\n`)),
    /is not the makers' own/,
  ],
  [
    "another's signature",
    async ({ files, paths }) => {
      const other = await newMakers();
      files.set(paths.signature, await other.sign(files.get(paths.sums) ?? Buffer.alloc(0)));
    },
    /is not the makers' own/,
  ],
  ['no signature', ({ files, paths }) => void files.set(paths.signature, Buffer.alloc(0)), /is not the makers' own/],
  [
    'the list of another release, which its makers have signed',
    async server => {
      const { files, paths } = server;
      const makers = await newMakers();
      const sums = Buffer.from(`${'1'.repeat(64)}  terraform_1.9.8_${engine.platform}.zip\n`);
      files.set(paths.sums, sums);
      files.set(paths.signature, await makers.sign(sums));
      writeFileSync(server.keyFile, makers.publicKey);
    },
    /the release 1\.9\.9 of terraform has no terraform_1\.9\.9/,
  ],
  [
    'a server that sends in a circle',
    ({ paths, answer }) => {
      answer.path = paths.sums;
      answer.give = response => void response.writeHead(302, { location: paths.sums }).end();
    },
    /cannot fetch .*SHA256SUMS: redirect count exceeded/,
  ],
  ['a release that is not there', ({ files }) => files.clear(), /cannot fetch .*SHA256SUMS: the answer was 404/],
  ['a key that is none', ({ options }) => writeFileSync(options.keyFile ?? '', 'no key'), /is not the makers' own/],
  [
    'a key that is not there',
    ({ options }) => {
      options.keyFile = '/nowhere/key';
    },
    /cannot read the key/,
  ],
];

test.each(spoiled)('%s: nothing is installed, and the next try may do better', async (_, spoil, message) => {
  const good = await site();
  const { options, folder, answer } = good;
  const files = new Map(good.files);
  const { keyFile = '' } = options;
  const key = readFileSync(keyFile);
  await spoil(good);
  await expect(installEngine(options)).rejects.toMatchObject({
    code: 'engine_install_failed',
    message: expect.stringMatching(message),
  });
  expect(installedIn(folder)).toEqual([]);
  for (const [path, content] of files) good.files.set(path, content);
  answer.path = null;
  writeFileSync(keyFile, key);
  await installEngine({ ...options, keyFile, stallMs: undefined });
  expect(installedIn(folder)).toHaveLength(1);
});

test("without a key of one's own only what the real makers have signed is taken", async () => {
  const { options } = await site();
  await expect(installEngine({ ...options, keyFile: undefined })).rejects.toMatchObject({
    message: expect.stringMatching(/is not the makers' own/),
  });
  for (const key of Object.values(releaseKeys)) await expect(ownKey(key)).resolves.toHaveLength(1);
});

test.each([
  ['1.11', 'engine_install_failed'],
  ['latest', 'engine_install_failed'],
  ['../../1.11.4', 'engine_install_failed'],
  ['1.2.9', 'engine_too_old'],
])('the version %s is refused', async (wanted, code) => {
  const { options, requests } = await site();
  await expect(installEngine({ ...options, version: wanted })).rejects.toMatchObject({ code });
  expect(requests).toEqual([]);
});

testGuard('terraform.engine_checksum', 'an archive that its makers did not sign is not installed', async () => {
  const { options, files, paths } = await site();
  const other = await startReleaseServer(tempDir(), {
    ...{ engine: 'terraform', version, platform: engine.platform, program: Buffer.from('another') },
  });
  await other.close();
  files.set(paths.archive, other.files.get(paths.archive) ?? Buffer.alloc(0));
  await expect(installEngine(options)).rejects.toMatchObject({ code: 'engine_install_failed' });
});

testGuard('terraform.engine_signature', 'what another has signed is not installed', async () => {
  const { options, files, paths } = await site();
  files.set(paths.signature, await (await newMakers()).sign(files.get(paths.sums) ?? Buffer.alloc(0)));
  await expect(installEngine(options)).rejects.toMatchObject({ code: 'engine_install_failed' });
});

test('checksums may be in capitals, and one of several signatures is enough', async () => {
  const { options, files, paths, keyFile } = await site();
  const [old, makers] = [await newMakers(), await newMakers()];
  const sums = Buffer.from((files.get(paths.sums)?.toString() ?? '').replace(/^[0-9a-f]+/gm, sum => sum.toUpperCase()));
  files.set(paths.sums, sums);
  files.set(paths.signature, Buffer.concat([await old.sign(sums), await makers.sign(sums)]));
  writeFileSync(keyFile, makers.publicKey);
  expect((await findEngine({ enginePath: await installEngine(options) })).version).toBe(version);
});

test('a login of the place of releases is given to it alone, and is in no message', async () => {
  const { options, files, paths, answer, url } = await site();
  const releaseUrl = url.replace('//', '//me:s3cr%40t@');
  const other = await site();
  const seen: (string | undefined)[] = [];
  answer.path = paths.archive;
  answer.give = (response, request) => {
    seen.push(request.headers.authorization);
    response.writeHead(302, { location: `${other.url}elsewhere` }).end();
  };
  other.answer.path = '/elsewhere';
  other.answer.give = (response, request) => {
    seen.push(request.headers.authorization);
    response.end(files.get(paths.archive));
  };
  const told: string[] = [];
  await installEngine({ ...options, releaseUrl, onFetch: from => told.push(from) });
  expect(seen).toEqual([`Basic ${Buffer.from('me:s3cr@t').toString('base64')}`, undefined]);
  expect(told).toEqual([`${url.slice(0, -1)}${paths.archive}`]);
  const gone = installEngine({ ...options, releaseUrl, version: '1.9.8' });
  await expect(gone).rejects.toThrow(`cannot fetch ${url}terraform/1.9.8/`);
});

test('a folder that cannot be written to is told as such', async () => {
  const { options, requests } = await site();
  const file = join(tempDir(), 'file');
  writeFileSync(file, '');
  await expect(installEngine({ ...options, folder: join(file, 'engines') })).rejects.toMatchObject({
    code: 'engine_install_failed',
    message: expect.stringContaining(`cannot write to ${file}`),
  });
  expect(requests).toEqual([]);
});

test('what a process that was killed left half-made is no engine, and goes', async () => {
  const { options, folder } = await site();
  const name = `terraform_${version}_${engine.platform}`;
  mkdirSync(join(folder, `.draft-${name}-left`, 'files'), { recursive: true });
  mkdirSync(join(folder, name, 'half'), { recursive: true });
  const holder = spawn('flock', [join(folder, `${name}.lock`), 'sh', '-c', 'echo; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  // Another one is at it, and dies.
  const installing = installEngine(options);
  holder.kill('SIGKILL');
  expect((await findEngine({ enginePath: await installing })).version).toBe(version);
  expect(installedIn(folder)).toEqual([name]);
  expect(readdirSync(join(folder, name)).sort()).toEqual(['LICENSE.txt', 'terraform']);
});
