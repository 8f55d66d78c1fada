import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startDaemon } from '@berth/daemon';
import { tempDir } from '@berth/testkit';
import { expect, test } from 'vitest';
import { logLines } from './double/logLines.js';
import { logText } from './double/logText.js';
import { buildSpec, importSpec } from './double/specs.js';
import { makeTemplate, startReal } from './double/startReal.js';
import { TEST_PSK } from './double/testCoordinator.js';

function policyFile(policy: unknown): string {
  const path = join(tempDir(), 'policy.json');
  writeFileSync(path, JSON.stringify(policy));
  return path;
}

const noLocalExec = { provisioners: { deny: ['local-exec'] } };
const withLocalExec = 'resource "terraform_data" "a" {\n  provisioner "local-exec" {\n    command = "true"\n  }\n}\n';

test('what the root module may not do is refused before an engine is started, with the place', async () => {
  const { run } = await startReal({ policyFile: policyFile(noLocalExec) });
  const template = await makeTemplate({ 'main.tf': withLocalExec });
  const { outcome, data } = await run(importSpec({ archive: template.archive }), template);
  expect(outcome.error).toMatchObject({
    code: 'policy_refused',
    message: 'the policy of this daemon does not allow the provisioner local-exec (main.tf line 2)',
    hint: expect.stringContaining('owner of the daemon'),
  });
  expect(data.log).toContainEqual(expect.objectContaining({ kind: 'diagnostic', file: 'main.tf', line: 2 }));
  expect(data.log.filter(entry => entry.kind === 'phase').map(entry => entry.phase)).toEqual(['fetch']);
});

test('what another module may not do is refused before the plan', async () => {
  const { run } = await startReal({ policyFile: policyFile(noLocalExec) });
  const template = await makeTemplate({ 'main.tf': 'module "m" {\n  source = "./m"\n}\n', 'm/main.tf': withLocalExec });
  const { outcome, data } = await run(importSpec({ archive: template.archive }), template);
  expect(outcome.error).toMatchObject({
    code: 'policy_refused',
    message: expect.stringContaining('(m/main.tf line 2)'),
  });
  expect(data.log.filter(entry => entry.kind === 'phase').map(entry => entry.phase)).toEqual(['fetch', 'init']);
});

test('a build is refused too, when another daemon imported the template or the policy came later', async () => {
  const dataDir = join(tempDir(), 'data');
  const template = await makeTemplate({ 'main.tf': withLocalExec });
  const spec = (): ReturnType<typeof buildSpec> => buildSpec({ archive: template.archive });
  const before = await startReal({ dataDir });
  expect((await before.run(spec(), template)).outcome.error).toBeNull();
  await before.daemon.stop('drain');

  const after = await startReal({ dataDir, policyFile: policyFile(noLocalExec) });
  const { outcome, data } = await after.run(spec(), template);
  expect(outcome.error).toMatchObject({ code: 'policy_refused' });
  expect(logText(data.log)).not.toContain('"apply"');
});

test('what the policy allows is done', async () => {
  const policy = { ...noLocalExec, plugins: { allow: [] }, data_sources: { deny: ['external'] } };
  const { run } = await startReal({ policyFile: policyFile(policy) });
  const template = await makeTemplate({ 'main.tf': 'resource "terraform_data" "a" {}\n' });
  expect((await run(importSpec({ archive: template.archive }), template)).outcome.error).toBeNull();
  expect((await run(buildSpec({ archive: template.archive }), template)).outcome.error).toBeNull();
});

test('a daemon does not start with a policy that it does not understand', async () => {
  const options = { url: 'http://127.0.0.1:1', credential: { psk: TEST_PSK }, logger: logLines().logger };
  const path = policyFile({ provisioner: { deny: ['local-exec'] } });
  const starting = startDaemon({ ...options, dataDir: join(tempDir(), 'data'), policyFile: path });
  await expect(starting).rejects.toMatchObject({ code: 'invalid_request', message: expect.stringContaining(path) });
});
