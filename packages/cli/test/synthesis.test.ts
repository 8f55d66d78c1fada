import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { tempDir } from '@berth/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { packTemplate } from '../src/push/packTemplate.js';
import { packedText } from '../src/push/pushText.js';

/** A project whose app is a script for Node.js. */
function project(script: string, files: Record<string, string> = {}): string {
  const folder = tempDir();
  const all = { 'cdktf.json': JSON.stringify({ app: 'node app.mjs', context: { colour: 'red' } }), ...files };
  for (const [name, text] of Object.entries({ ...all, 'app.mjs': prelude + script })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

const prelude = `
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
const out = process.env.CDKTF_OUTDIR;
const stacks = {};
function stack(name, text = '{}', more = {}) {
  const folder = 'stacks/' + name;
  stacks[name] = { name, workingDirectory: folder, synthesizedStackPath: folder + '/cdk.tf.json', dependencies: [], ...more };
  mkdirSync(out + '/' + folder, { recursive: true });
  writeFileSync(out + '/' + folder + '/cdk.tf.json', text);
  writeFileSync(out + '/manifest.json', JSON.stringify({ version: '0.21.0', stacks }));
}
`;

/** Packs a project and lists what is in the archive. */
async function pack(folder: string, stack?: string): Promise<{ names: string[]; unpacked: string }> {
  const packed = await packTemplate(folder, stack);
  onTestFinished(packed.dispose);
  const unpacked = tempDir();
  expect(packedText(packed)).toMatch(/^Synthesised the stack \w+\. Packed \d+ files/);
  const archive = join(tempDir(), 'template.tgz');
  writeFileSync(archive, Buffer.from(await packed.content.arrayBuffer()));
  execFileSync('tar', ['xzf', archive, '-C', unpacked]);
  return { names: readdirSync(unpacked, { recursive: true, encoding: 'utf8' }).sort(), unpacked };
}

test('only the stack, its assets, the README and the lock file are packed', async () => {
  const folder = project(
    `stack('one', JSON.stringify({ locals: { colour: process.env.CDKTF_CONTEXT_JSON } }));
     mkdirSync(out + '/stacks/one/assets/a', { recursive: true });
     writeFileSync(out + '/stacks/one/assets/a/file', 'asset');`,
    { 'README.md': '# Mine\n', '.terraform.lock.hcl': '# lock\n', secret: 'x', 'node_modules/a/index.js': '' },
  );
  const { names, unpacked } = await pack(folder);
  const assets = ['assets', 'assets/a', 'assets/a/file'];
  expect(names).toEqual(['.terraform.lock.hcl', 'README.md', ...assets, 'cdk.tf.json']);
  expect(readFileSync(join(unpacked, 'cdk.tf.json'), 'utf8')).toContain('red');
  expect(readdirSync(folder)).not.toContain('cdktf.out');
});

test('of several stacks one is named', async () => {
  const folder = project(
    `stack('one'); stack('two', '{"locals":{"two":2}}'); stack('three', '{}', { dependencies: ['two'] });`,
  );
  await expect(pack(folder)).rejects.toMatchObject({
    code: 'invalid_request',
    message: 'the project has several stacks: one, two, three',
    hint: 'Name the one to push with --stack.',
  });
  const { unpacked } = await pack(folder, 'two');
  expect(readFileSync(join(unpacked, 'cdk.tf.json'), 'utf8')).toContain('two');
  await expect(pack(folder, 'four')).rejects.toMatchObject({
    message: "the project has no stack 'four'",
    hint: 'It has: one, two, three.',
  });
  await expect(pack(folder, 'three')).rejects.toMatchObject({ message: "the stack 'three' uses outputs of two" });
});

test('the app finds the programs of its project, and no login of ours', async () => {
  const folder = project("stack('one', JSON.stringify({ locals: { env: Object.keys(process.env) } }));", {
    'cdktf.json': JSON.stringify({ app: 'synth-it' }),
    'node_modules/.bin/synth-it': '#!/bin/sh\nexec node app.mjs\n',
  });
  execFileSync('chmod', ['+x', join(folder, 'node_modules/.bin/synth-it')]);
  process.env.BERTH_SESSION_TOKEN = 'canary';
  onTestFinished(() => {
    delete process.env.BERTH_SESSION_TOKEN;
  });
  const { unpacked } = await pack(folder);
  const text = readFileSync(join(unpacked, 'cdk.tf.json'), 'utf8');
  expect(text).toContain('CDKTF_OUTDIR');
  expect(text).not.toContain('BERTH_SESSION_TOKEN');
});

const broken: [name: string, script: string, error: { code: string; message: RegExp }][] = [
  [
    'throws',
    "throw new Error('no such image');",
    { code: 'invalid_configuration', message: /'node app.mjs' ended with exit code 1$/ },
  ],
  [
    'is killed',
    "process.kill(process.pid, 'SIGKILL');",
    { code: 'invalid_configuration', message: /ended with (SIGKILL|exit code 137)$/ },
  ],
  ['prints and writes nothing', '', { code: 'invalid_configuration', message: /'node app.mjs' wrote no stack$/ }],
  [
    'writes a manifest without a stack',
    "stack('one'); writeFileSync(out + '/manifest.json', '{\"stacks\":{}}');",
    { code: 'invalid_configuration', message: /wrote no stack$/ },
  ],
  [
    'writes a manifest of another kind',
    "stack('one'); writeFileSync(out + '/manifest.json', '[]');",
    { code: 'invalid_configuration', message: /is none of cdktf's$/ },
  ],
  [
    'writes no file of its stack',
    "stack('one'); rmSync(out + '/stacks/one/cdk.tf.json');",
    { code: 'invalid_configuration', message: /'one' was not written$/ },
  ],
  [
    'writes a stack that is no JSON',
    "stack('one', '{');",
    { code: 'invalid_configuration', message: /cdk.tf.json is not JSON/ },
  ],
  [
    'names a folder above',
    "stack('one', '{}', { workingDirectory: '../..' });",
    { code: 'archive_refused', message: /'one' points outside of its folder/ },
  ],
  [
    'names a file above',
    "stack('one', '{}', { synthesizedStackPath: '../../main.tf' });",
    { code: 'archive_refused', message: /'one' points outside/ },
  ],
  [
    'links its folder elsewhere',
    "stack('one'); rmSync(out + '/stacks/one', { recursive: true }); symlinkSync(process.cwd() + '/elsewhere', out + '/stacks/one');",
    { code: 'archive_refused', message: /'one' points outside/ },
  ],
  [
    'uses a module above',
    "stack('one', JSON.stringify({ module: { m: { source: '../shared' } } }));",
    { code: 'archive_refused', message: /points outside of its folder: the module \.\.\/shared$/ },
  ],
  [
    'uses a module by its path',
    "stack('one', JSON.stringify({ module: { m: { source: '/srv/shared' } } }));",
    { code: 'archive_refused', message: /the module \/srv\/shared$/ },
  ],
  [
    'links a file elsewhere',
    "stack('one'); symlinkSync('/etc/passwd', out + '/stacks/one/passwd');",
    { code: 'archive_refused', message: /passwd/ },
  ],
];

test.each(broken)('an app that %s', async (_name, script, { code, message }) => {
  const folder = project(script, { 'elsewhere/cdk.tf.json': '{}' });
  await expect(pack(folder)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
});

test('a cdktf.json that cannot be used', async () => {
  await expect(pack(project('', { 'cdktf.json': '{' }))).rejects.toThrow('is not JSON');
  await expect(pack(project('', { 'cdktf.json': '{"language":"typescript"}' }))).rejects.toMatchObject({
    code: 'invalid_configuration',
    hint: expect.stringContaining('"app"'),
  });
  const plain = tempDir();
  writeFileSync(join(plain, 'main.tf'), '');
  await expect(pack(plain, 'one')).rejects.toMatchObject({ hint: '--stack is for projects with a cdktf.json.' });
});
