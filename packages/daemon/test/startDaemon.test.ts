import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startBuiltInDaemons, startDaemon } from '@berth/daemon';
import { tempDir } from '@berth/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { logLines } from './double/logLines.js';
import { buildSpec, offerOf } from './double/specs.js';
import { makeTemplate, startReal } from './double/startReal.js';
import { TEST_PSK, TestCoordinator } from './double/testCoordinator.js';

const options = (more: object = {}) => {
  const dataDir = join(tempDir(), 'data');
  return { url: 'http://127.0.0.1:1', credential: { psk: TEST_PSK }, dataDir, logger: logLines().logger, ...more };
};

/** A program that prints this for every argument. */
function program(text: string): string {
  const path = join(tempDir(), 'terraform');
  writeFileSync(path, `#!/bin/sh\ncat <<'E'\n${text}\nE\n`);
  chmodSync(path, 0o755);
  return path;
}

test('an engine that is missing, too old or broken is refused with what to do', async () => {
  const missing = startDaemon(options({ enginePath: '/nowhere/terraform' }));
  await expect(missing).rejects.toMatchObject({
    name: 'BerthError',
    code: 'engine_missing',
    hint: expect.stringMatching(/--engine-path/),
  });
  const { PATH } = process.env;
  process.env.PATH = tempDir();
  try {
    await expect(startDaemon(options())).rejects.toMatchObject({
      code: 'engine_missing',
      message: /neither terraform nor tofu/,
    });
  } finally {
    process.env.PATH = PATH;
  }
  const old = program('{"terraform_version":"1.2.9","platform":"linux_amd64"}\nTerraform v1.2.9');
  await expect(startDaemon(options({ enginePath: old }))).rejects.toMatchObject({ name: 'BerthError' });
  await expect(startDaemon(options({ enginePath: program('hello') }))).rejects.toMatchObject({
    name: 'BerthError',
    message: expect.stringMatching(/does not work/),
  });
});

test('a start that fails leaves no lock behind', async () => {
  const more = options({ pluginMirrors: ['/nowhere/mirror'] });
  await expect(startDaemon(more)).rejects.toMatchObject({
    code: 'invalid_request',
    message: expect.stringMatching(/mirror/),
  });
  expect(existsSync(join(more.dataDir, 'lock'))).toBe(false);
});

test('a data directory in use names who holds it', async () => {
  const { dataDir } = await startReal();
  await expect(startDaemon(options({ dataDir, name: 'second' }))).rejects.toMatchObject({
    code: 'data_dir_in_use',
    message: expect.stringContaining(`daemon tester holds it (process ${process.pid}`),
  });
});

test('a start without a name goes by the one that the data directory had last', async () => {
  const dataDir = join(tempDir(), 'data');
  const start = async (name?: string) => {
    const daemon = await startDaemon(options({ dataDir, ...(name === undefined ? {} : { name }) }));
    await daemon.stop('drain');
    return daemon.name;
  };
  expect(await start('first')).toBe('first');
  expect(await start()).toBe('first');
  expect(await start('second')).toBe('second');
  expect(await start()).toBe('second');
});

test('folders without a journal are removed, unless an apply was started in them', async () => {
  const dataDir = tempDir();
  mkdirSync(join(dataDir, 'attempts/prepared/work'), { recursive: true });
  mkdirSync(join(dataDir, 'attempts/applied/run/apply'), { recursive: true });
  writeFileSync(join(dataDir, 'attempts/applied/run/apply/terms'), '');
  const { log } = await startReal({ dataDir });
  expect(readdirSync(join(dataDir, 'attempts'))).toEqual([]);
  expect(readdirSync(join(dataDir, 'discarded'))).toEqual([]);
  expect(readdirSync(join(dataDir, 'kept'))).toEqual(['applied']);
  expect(log.saying(/an attempt was left here/)).toHaveLength(1);
});

test('a credential that travels unencrypted is warned of', async () => {
  const log = logLines();
  const daemon = await startDaemon(options({ url: 'http://berth.invalid:1', logger: log.logger }));
  expect(log.saying(/unencrypted/)).toHaveLength(1);
  await daemon.stop('drain');
});

test('built-in daemons share a data directory, have names and connections of their own, and little environment', async () => {
  const coordinator = await TestCoordinator.start();
  const more = options({ url: coordinator.url, count: 3 });
  process.env.SOME_SETTING = 'of-the-coordinator';
  const group = await startBuiltInDaemons({ ...more, count: 3, ladder: { pollMs: 50, stepMs: 200 } });
  delete process.env.SOME_SETTING;
  onTestFinished(async () => void (await group.stop('cancel')));
  const connections = [await coordinator.connected(), await coordinator.connected(), await coordinator.connected()];
  const hellos = connections.map(connection => connection.said.all[0]);
  expect(hellos.map(hello => hello?.type === 'hello' && hello.name).sort()).toEqual([
    'built-in-1',
    'built-in-2',
    'built-in-3',
  ]);
  expect(new Set(hellos.map(hello => hello?.type === 'hello' && hello.instance)).size).toBe(1);

  const environment = join(tempDir(), 'env');
  const files = await makeTemplate({
    'main.tf': `resource "terraform_data" "a" {\n  provisioner "local-exec" { command = "env > ${environment}" }\n}\n`,
  });
  await Promise.all(
    connections.map(async connection => {
      const spec = buildSpec({ archive: files.archive });
      coordinator.attempt(spec.token).archive = files.content;
      connection.send(offerOf(spec));
      await connection.next('accept');
      connection.send({ type: 'accepted', spec, gateOpen: true });
      expect((await connection.next('terminal')).outcome.error).toBeNull();
      connection.send({ type: 'settled', job: spec.job, attempt: 1 });
    }),
  );
  expect(readdirSync(join(more.dataDir, 'warm'))).toHaveLength(1);
  const { readFileSync } = await import('node:fs');
  expect(readFileSync(environment, 'utf8')).not.toContain('SOME_SETTING');
  expect(await group.stop('drain')).toMatchObject({ exitCode: 0 });
});

test('built-in daemons that are refused end with the refusal', async () => {
  const coordinator = await TestCoordinator.start();
  const more = options({ url: coordinator.url, credential: { psk: 'wrong' } });
  const group = await startBuiltInDaemons({ ...more, count: 2 });
  expect(await group.done).toMatchObject({ exitCode: 3, error: { code: 'psk_refused' } });
  expect(existsSync(join(more.dataDir, 'lock'))).toBe(false);
});
