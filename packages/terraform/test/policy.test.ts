import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir, testGuard } from '@berth/testkit';
import { describe, expect, test } from 'vitest';
import { checkPolicy, type Policy, readConfiguration, readModuleUses, readPolicy, type Use } from '../src/index.js';
import { attempt, writeFiles } from './setup.js';

async function usesOf(files: Record<string, string>): Promise<Use[]> {
  const folder = tempDir();
  writeFiles(folder, files);
  return (await readConfiguration(folder, 'terraform')).uses;
}

const local = { kind: 'provisioner', name: 'local-exec' } as const;

describe('what a module makes use of', () => {
  test('plugins, resources, data sources and provisioners, each with its line', async () => {
    const uses = await usesOf({
      'main.tf': `terraform {
  required_providers {
    ours = { source = "registry.example.com/Ours/thing" }
    time = { source = "hashicorp/time" }
  }
}
provider "random" {}
resource "time_sleep" "a" {
  provisioner "remote-exec" {}
  provisioner "local-exec" {
    command = "true"
  }
}
resource "aws_instance" "b" {
  provider = ours.west
}
data "external" "c" {
  program = ["sh"]
}
resource "terraform_data" "d" {}
`,
    });
    const file = 'main.tf';
    const registry = 'registry.terraform.io/hashicorp';
    expect(uses).toEqual([
      { kind: 'plugin', name: 'registry.example.com/ours/thing', file, line: 3 },
      { kind: 'plugin', name: `${registry}/time`, file, line: 4 },
      { kind: 'plugin', name: `${registry}/random`, file, line: 7 },
      ...[
        { kind: 'resource', name: 'aws_instance', file, line: 14 },
        { kind: 'plugin', name: 'registry.example.com/ours/thing', file, line: 14 },
        { kind: 'resource', name: 'terraform_data', file, line: 20 },
        { kind: 'resource', name: 'time_sleep', file, line: 8 },
        { kind: 'plugin', name: `${registry}/time`, file, line: 8 },
        { kind: 'provisioner', name: 'local-exec', file, line: 10 },
        { kind: 'provisioner', name: 'remote-exec', file, line: 9 },
      ],
      { kind: 'data_source', name: 'external', file, line: 17 },
      { kind: 'plugin', name: `${registry}/external`, file, line: 17 },
    ]);
  });

  test.each([
    [
      'a removed block',
      {
        'a.tf':
          'removed {\n  from = terraform_data.a\n  provisioner "local-exec" {\n    when = destroy\n    command = "x"\n  }\n}\n',
      },
      { ...local, file: 'a.tf', line: 3 },
    ],
    [
      'an override file',
      {
        'a.tf': 'resource "terraform_data" "a" {}\n',
        'a_override.tf': 'resource "terraform_data" "a" {\n  provisioner "local-exec" {\n    command = "x"\n  }\n}\n',
      },
      { ...local, file: 'a_override.tf', line: 2 },
    ],
    [
      'JSON',
      { 'a.tf.json': '{"resource": {"terraform_data": {"a": {"provisioner": [{"local-exec": {"command": "x"}}]}}}}' },
      { ...local, file: 'a.tf.json', line: null },
    ],
    [
      'a check',
      {
        'a.tf':
          'check "c" {\n  data "external" "d" {\n    program = ["x"]\n  }\n  assert {\n    condition = true\n    error_message = "m"\n  }\n}\n',
      },
      { kind: 'data_source', name: 'external', file: 'a.tf', line: 2 },
    ],
    [
      'an unquoted label',
      { 'a.tf': 'resource terraform_data a {\n  provisioner local-exec {\n    command = "x"\n  }\n}\n' },
      { ...local, file: 'a.tf', line: 2 },
    ],
  ])('%s hides nothing', async (_where, files, use) => {
    expect(await usesOf(files)).toContainEqual(use);
  });

  test('modules are looked into once init has brought them', async () => {
    const context = await attempt({
      'main.tf': 'module "m" {\n  source = "./inner"\n}\n',
      'inner/main.tf': 'module "deep" {\n  source = "./deep"\n}\n',
      'inner/deep/main.tf':
        '\nresource "terraform_data" "a" {\n  provisioner "local-exec" {\n    command = "x"\n  }\n}\n',
    });
    const uses = await readModuleUses(context.folder.work, 'terraform');
    expect(uses).toContainEqual({ ...local, file: 'inner/deep/main.tf', line: 3 });
  });
});

const plugin = (name: string): Use => ({ kind: 'plugin', name, file: 'main.tf', line: 1 });
const hashicorp = (type: string): Use => plugin(`registry.terraform.io/hashicorp/${type}`);

describe('a policy', () => {
  test.each<[Policy, Use, boolean]>([
    [{}, hashicorp('external'), true],
    [{ plugins: { deny: ['hashicorp/external'] } }, hashicorp('external'), false],
    [{ plugins: { deny: ['hashicorp/external'] } }, hashicorp('external2'), true],
    [{ plugins: { deny: ['registry.terraform.io/hashicorp/external'] } }, hashicorp('external'), false],
    [{ plugins: { deny: ['*/external'] } }, plugin('registry.example.com/a/external'), false],
    [{ plugins: { allow: ['hashicorp/*'] } }, hashicorp('time'), true],
    [{ plugins: { allow: ['hashicorp/*'] } }, plugin('registry.terraform.io/other/time'), false],
    [{ plugins: { allow: ['hashicorp/*'], deny: ['hashicorp/external'] } }, hashicorp('external'), false],
    [{ provisioners: { allow: [] } }, { ...local, file: 'a', line: null }, false],
    [{ provisioners: { deny: ['remote-exec'] } }, { ...local, file: 'a', line: null }, true],
    [{ resources: { deny: ['aws_iam_*'] } }, { kind: 'resource', name: 'aws_iam_role', file: 'a', line: 1 }, false],
    [{ data_sources: { deny: ['external'] } }, { kind: 'resource', name: 'external', file: 'a', line: 1 }, true],
  ])('%j and %j: %j', (policy, use, allowed) => {
    const check = (): void => checkPolicy(policy, { uses: [use] });
    if (allowed) expect(check).not.toThrow();
    else expect(check).toThrow(`does not allow the`);
  });

  test('names every place, the first of them in its message', () => {
    const uses = [plugin('a.example.com/b/c'), { ...local, file: 'other.tf', line: 7 }];
    let error: unknown = null;
    try {
      checkPolicy({ plugins: { allow: [] }, provisioners: { deny: ['*'] } }, { uses });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({
      code: 'policy_refused',
      message: 'the policy of this daemon does not allow the plugin a.example.com/b/c (main.tf line 1)',
      diagnostics: [
        { file: 'main.tf', line: 1 },
        { file: 'other.tf', line: 7 },
      ],
    });
  });

  test('knows archives and the plugins that init chose', () => {
    expect(() => checkPolicy({ archives: { deny: ['abc'] } }, { archive: 'abc' })).toThrow('the archive abc');
    expect(() => checkPolicy({ archives: { allow: ['abc'] } }, { archive: 'def' })).toThrow('the archive def');
    const chosen = { plugins: ['registry.terraform.io/hashicorp/http'] };
    expect(() => checkPolicy({ plugins: { deny: ['hashicorp/http'] } }, chosen)).toThrow('hashicorp/http');
  });

  testGuard('terraform.policy', 'refuses what it denies', () => {
    expect(() =>
      checkPolicy({ provisioners: { deny: ['*'] } }, { uses: [{ ...local, file: 'a', line: 1 }] }),
    ).toThrow();
  });

  test.each([
    ['{', 'is not JSON'],
    ['[]', 'is wrong'],
    ['{"plugin": {}}', 'is wrong'],
    ['{"plugins": {"deny": "hashicorp/http"}}', 'is wrong at plugins.deny'],
  ])('of %j is refused: a rule that is not understood must not be passed over', (text, message) => {
    const path = join(tempDir(), 'policy.json');
    writeFileSync(path, text);
    expect(() => readPolicy(path)).toThrow(message);
    expect(() => readPolicy(`${path}.gone`)).toThrow('cannot be read (ENOENT)');
  });
});
