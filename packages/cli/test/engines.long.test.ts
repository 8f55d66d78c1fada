import { existsSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testPlugins, testTofu } from '@berth/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { useSite, writeTemplate } from './site.js';

const plugins = await testPlugins();
const tofu = await testTofu();
const skipped = plugins.skipped ?? tofu.skipped;
const terraform = process.env.PATH?.split(':')
  .map(folder => join(folder, 'terraform'))
  .find(path => existsSync(path));

/** A template with a plugin, a parameter, a sensitive output, a provisioner and a module: what an engine has to do. */
const template = `
terraform {
  required_version = ">= 1.3"
  required_providers {
    time = { source = "hashicorp/time" }
  }
}
variable "berth" {
  type = object({ transition = string, start_count = number, workspace = object({ id = string, name = string }) })
}
variable "size" {
  type    = number
  default = 1
  validation {
    condition     = var.size < 5
    error_message = "at most four"
  }
}
variable "secret" {
  type      = string
  default   = "a-very-secret-value"
  sensitive = true
}
resource "time_static" "made" {}
resource "time_static" "running" {
  count    = var.berth.start_count * var.size
  triggers = { input = var.secret }
  provisioner "local-exec" { command = "echo running $((40 + 2))" }
}
module "inner" {
  source = "./inner"
  name   = var.berth.workspace.name
}
output "made" { value = time_static.made.rfc3339 }
output "greeting" { value = module.inner.greeting }
output "hidden" {
  value     = var.secret
  sensitive = true
}
`;

/** The same life of a workspace on whichever engine. */
const engines = [
  ['terraform', terraform ?? null],
  ['tofu', tofu.path],
] as const;

const reason = skipped === null ? '' : ` (skipped: ${skipped})`;

describe.skipIf(skipped !== null || terraform === undefined)(`engines${reason}`, () => {
  const site = useSite();
  const folder = join(site.folder, 'both');

  beforeAll(async () => {
    for (const [engine, path] of engines) {
      await site.startDaemon(engine, '--engine-path', path ?? '', '--plugin-mirror', plugins.mirror ?? '');
    }
    writeTemplate(site.folder, 'both', template);
    writeTemplate(
      folder,
      'inner',
      'variable "name" {\n  type = string\n}\noutput "greeting" {\n  value = "hello $' + '{var.name}"\n}\n',
    );
  }, 120_000);

  // OpenTofu makes it in every home folder.
  afterAll(() => rmSync(join(tmpdir(), '.terraform.d'), { recursive: true, force: true }));

  const must = async (...args: string[]) => {
    const { code, stdout, stderr } = await site.run(...args);
    expect(code, stderr).toBe(0);
    return `${stdout}\n${stderr}`;
  };
  const json = async (...args: string[]) => JSON.parse((await site.run(...args, '--json')).stdout);

  test.each(engines)('%s: push, create, stop, start, change, delete', { timeout: 300_000 }, async engine => {
    const name = `on-${engine}`;
    await must('templates', 'push', name, '--directory', folder, '--engine', engine, '--yes');
    const versions = await json('templates', 'versions', name);
    expect(versions[0]).toMatchObject({ engine });
    const created = await must('create', engine, '--template', name, '--parameter', 'size=2', '--yes');
    expect(created).not.toContain('a-very-secret-value');
    const log = await must('logs', engine);
    expect(log).toContain('running 42');
    expect(log).not.toContain('a-very-secret-value');
    const shown = await must('show', engine);
    expect(shown).toContain(`hello ${engine}`);
    const before = await json('state', 'list', engine);
    expect(before[0]).toMatchObject({ engine: { name: engine }, current: true });

    await must('stop', engine, '--yes');
    await must('start', engine, '--parameter', 'size=3', '--yes');
    const started = await json('show', engine);
    const running = started.resources.filter((resource: { name: string }) => resource.name === 'running');
    expect(running).toHaveLength(3);
    // What survives a stop is what it was.
    const made = (outputs: { name: string; value: unknown }[]) => outputs.find(({ name }) => name === 'made')?.value;
    expect(made(started.outputs)).toBeDefined();
    const refused = await site.run('start', engine, '--parameter', 'size=9', '--yes');
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain('at most four');
    await must('delete', engine, '--yes');
  });

  test('jobs of one engine never reach the other, and a state does not change its engine', {
    timeout: 300_000,
  }, async () => {
    await must('templates', 'push', 'moves', '--directory', folder, '--engine', 'tofu', '--yes');
    await must('create', 'stays', '--template', 'moves', '--yes');
    await must('templates', 'push', 'moves', '--directory', folder, '--engine', 'terraform', '--yes');
    const refused = await site.run('update', 'stays', '--yes');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('tofu');
    await must('stop', 'stays', '--yes');
    await must('delete', 'stays', '--yes');
    const daemons: { name: string; engine: { name: string } }[] = await json('provisioner', 'list');
    const jobs: { template: unknown; daemon: { name: string } | null; engine: string | null }[] = await json(
      'provisioner',
      'jobs',
    );
    for (const daemon of daemons) expect(daemon.engine.name).toBe(daemon.name);
    for (const job of jobs) if (job.engine !== null) expect(job.daemon?.name).toBe(job.engine);
    expect(jobs.length).toBeGreaterThan(10);
  });
});
