import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { tempDir, writeZip } from '@berth/testkit';
import { createMessage, generateKey, readPrivateKey, sign } from 'openpgp';
import { expect, onTestFinished, test } from 'vitest';
import { releaseKeys } from '../src/engine/releaseKeys.js';
import { ownKey } from '../src/engine/signature.js';
import { findEngine, type InstallEngineOptions, installEngine } from '../src/index.js';
import { hashFile } from '../src/plugins/packageHash.js';
import { engine } from './setup.js';

const version = '1.9.9';
const archiveName = `terraform_${version}_${engine.platform}.zip`;
const paths = {
  archive: `/terraform/${version}/${archiveName}`,
  sums: `/terraform/${version}/terraform_${version}_SHA256SUMS`,
  signature: `/terraform/${version}/terraform_${version}_SHA256SUMS.sig`,
};
/** Answers as terraform does. */
const program = `#!/bin/sh
test "$2" = -json && echo '{"terraform_version":"${version}","platform":"${engine.platform}"}' || echo 'Terraform v${version}'
`;

/** A pair of keys of the makers of this test's releases. */
async function makers() {
  const { privateKey, publicKey } = await generateKey({ userIDs: [{ name: 'makers' }], format: 'armored' });
  const key = await readPrivateKey({ armoredKey: privateKey });
  const signed = async (content: Buffer) => {
    const message = await createMessage({ binary: new Uint8Array(content) });
    return Buffer.from(await sign({ message, signingKeys: key, detached: true, format: 'binary' }));
  };
  return { publicKey, signed };
}

interface Site {
  options: InstallEngineOptions;
  /** What is served, to be spoiled. */
  files: Map<string, Buffer>;
  requests: string[];
  /** Answers in place of the file. */
  answer: { path: string | null; give: (response: ServerResponse) => void };
  folder: string;
}

/** A place of releases on loopback, with one good release. */
async function site(): Promise<Site> {
  const { publicKey, signed } = await makers();
  const folder = tempDir();
  const archive = join(folder, archiveName);
  writeZip(archive, [
    { name: 'LICENSE.txt', content: Buffer.from('free') },
    { name: 'terraform', content: Buffer.from(program), mode: 0o755 },
  ]);
  const keyFile = join(folder, 'key.asc');
  writeFileSync(keyFile, publicKey);
  const sums = Buffer.from(
    `${'0'.repeat(64)}  terraform_${version}_other_arch.zip\n${await hashFile(archive)}  ${archiveName}\n`,
  );
  const files = new Map([
    [paths.archive, readFileSync(archive)],
    [paths.sums, sums],
    [paths.signature, await signed(sums)],
  ]);
  const requests: string[] = [];
  const answer: Site['answer'] = { path: null, give: () => undefined };
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    requests.push(path);
    if (path === answer.path) return answer.give(response);
    const content = files.get(path);
    response.writeHead(content === undefined ? 404 : 200).end(content);
  });
  server.on('connection', socket => sockets.add(socket));
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    const closed = new Promise(resolve => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  const releaseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const installed = join(folder, 'engines');
  return {
    options: { name: 'terraform', version, folder: installed, releaseUrl, keyFile },
    files,
    requests,
    answer,
    folder: installed,
  };
}

/** What stands in the folder of engines but for lock files. */
function installedIn(folder: string): string[] {
  return readdirSync(folder).filter(name => !name.endsWith('.lock'));
}

test('a release that its makers have signed is installed once, and works', async () => {
  const { options, requests, folder } = await site();
  const path = await installEngine(options);
  expect(await findEngine({ enginePath: path })).toMatchObject({ name: 'terraform', version });
  expect(statSync(path).mode & 0o777).toBe(0o755);
  expect(requests).toEqual([paths.sums, paths.signature, paths.archive]);
  expect(await installEngine(options)).toBe(path);
  expect(requests).toHaveLength(3);
  expect(installedIn(folder)).toEqual([`terraform_${version}_${engine.platform}`]);
});

test('several that start at once install it once', async () => {
  const { options, requests } = await site();
  const found = await Promise.all([1, 2, 3].map(() => installEngine(options)));
  expect(new Set(found).size).toBe(1);
  expect(requests.filter(path => path === paths.archive)).toHaveLength(1);
});

const spoiled: [string, (site: Site) => void | Promise<void>, RegExp][] = [
  [
    'an archive with another content',
    ({ files }) => void files.set(paths.archive, Buffer.from('another')),
    /has the sha256 \w+, and its makers signed/,
  ],
  [
    'an archive that is cut',
    ({ files }) => void files.set(paths.archive, files.get(paths.archive)?.subarray(0, 100) ?? Buffer.alloc(0)),
    /has the sha256 \w+, and its makers signed/,
  ],
  [
    'a connection that ends in the middle',
    ({ files, answer }) => {
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
    ({ answer, options }) => {
      options.stallMs = 300;
      answer.path = paths.archive;
      answer.give = response => void response.writeHead(200).write('PK');
    },
    /nothing came for/,
  ],
  [
    'sums that were changed after they were signed',
    ({ files }) => void files.set(paths.sums, Buffer.from(`${'1'.repeat(64)}  ${archiveName}\n`)),
    /is not the makers' own/,
  ],
  [
    "another's signature",
    async ({ files }) => {
      const other = await makers();
      files.set(paths.signature, await other.signed(files.get(paths.sums) ?? Buffer.alloc(0)));
    },
    /is not the makers' own/,
  ],
  ['no signature', ({ files }) => void files.set(paths.signature, Buffer.alloc(0)), /is not the makers' own/],
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

test('what a process that was killed left half-made is no engine', async () => {
  const { options, folder } = await site();
  mkdirSync(join(folder, '.draft-left', 'files'), { recursive: true });
  const holder = spawn(
    'flock',
    [join(folder, `terraform_${version}_${engine.platform}.lock`), 'sh', '-c', 'echo; exec cat'],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  await once(holder.stdout, 'data');
  // Another one is at it, and dies.
  const installing = installEngine(options);
  holder.kill('SIGKILL');
  expect((await findEngine({ enginePath: await installing })).version).toBe(version);
});
