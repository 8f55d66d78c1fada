import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startReleaseServer, tempDir } from '@berth/testkit';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { engine } from './setup.js';

const packageFolder = fileURLToPath(new URL('..', import.meta.url));

beforeAll(() => {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '--build', packageFolder]);
}, 120_000);

/** Installs, and prints where; before, that it fetches. */
const installer = `
import { installEngine } from '${packageFolder}dist/index.js';
const options = JSON.parse(process.argv[1]);
console.log(await installEngine({ ...options, onFetch: () => console.log('fetching') }));
`;

test('processes that install one release at once fetch it once; when the one that does is killed, another does', {
  timeout: 120_000,
}, async () => {
  const root = tempDir();
  const version = '1.9.9';
  const program = Buffer.from('#!/bin/sh\n');
  const server = await startReleaseServer(root, {
    ...{ engine: 'terraform', version, platform: engine.platform, program },
  });
  onTestFinished(() => server.close());
  const { paths, answer, files, requests } = server;
  // The first one gets a part of the archive, and no more.
  answer.path = paths.archive;
  const held = new Promise<void>(resolve => {
    answer.give = response => {
      answer.path = null;
      response.writeHead(200, { 'content-length': files.get(paths.archive)?.length ?? 0 });
      response.write(files.get(paths.archive)?.subarray(0, 100), () => resolve());
    };
  });
  const folder = join(root, 'engines');
  const options = { name: 'terraform', version, folder, releaseUrl: server.url, keyFile: server.keyFile };
  const processes = [1, 2, 3].map(() => {
    const args = ['--input-type=module', '--eval', installer, JSON.stringify(options)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const lines: string[] = [];
    const fetching = new Promise<void>(resolve => {
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        lines.push(...text.trim().split('\n'));
        if (lines.includes('fetching')) resolve();
      });
    });
    return { child, lines, fetching, closed: once(child, 'close') };
  });
  await held;
  const first = await Promise.race(processes.map(one => one.fetching.then(() => one)));
  first.child.kill('SIGKILL');
  const ended = await Promise.all(processes.map(({ closed }) => closed));
  expect(ended.filter(([code]) => code === 0)).toHaveLength(2);
  expect(first.child.signalCode).toBe('SIGKILL');
  const name = `terraform_${version}_${engine.platform}`;
  const others = processes.filter(one => one !== first);
  for (const { lines } of others) expect(lines.at(-1)).toBe(join(folder, name, 'terraform'));
  expect(others.flatMap(({ lines }) => lines).filter(line => line === 'fetching')).toHaveLength(1);
  expect(requests.filter(path => path === paths.archive)).toHaveLength(2);
  expect(readdirSync(folder).sort()).toEqual([name, `${name}.lock`]);
});
