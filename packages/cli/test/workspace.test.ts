import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { useSite, writeTemplate } from './site.js';

const site = useSite();
const tagged = ['--provisioner-tag', 'environment=test'];

const small = `
variable "berth" { type = object({ start_count = number }) }
variable "size" {
  type        = number
  default     = 1
  description = "How many"
  validation {
    condition     = var.size <= 3
    error_message = "At most 3."
  }
}
variable "owner" { type = string }
variable "token" {
  type      = string
  sensitive = true
  default   = "none"
}
resource "terraform_data" "part" {
  count = var.berth.start_count * var.size
  input = "\${var.owner}-\${count.index}"
}
output "owner" { value = var.owner }
output "secret" {
  value     = var.token
  sensitive = true
}
`;

beforeAll(async () => {
  await site.startDaemon('one', '--tag', 'environment=test');
  const folder = writeTemplate(site.folder, 'small', small);
  writeFileSync(join(folder, 'terraform.tfstate'), '{}');
  writeFileSync(join(folder, 'README.md'), '# Small\n\nA small template.\n');
  mkdirSync(join(folder, '.terraform'));
  const pushed = await site.run('templates', 'push', '-d', folder, ...tagged);
  if (pushed.code !== 0) throw new Error(pushed.stderr);
});

test('a push says what it left out, follows the import, and later ones keep or drop the tags', async () => {
  const folder = join(site.folder, 'small');
  const again = await site.run(
    'templates',
    'push',
    'tagged',
    '-d',
    folder,
    '--provisioner-tag',
    'a=b',
    '--detach',
    '--json',
  );
  expect(again.stderr).toContain('Left out: .terraform/, terraform.tfstate.');
  const pushed = JSON.parse(again.stdout);
  expect(pushed).toMatchObject({ created: true, keptTags: false, leftOut: ['.terraform/', 'terraform.tfstate'] });
  expect(pushed.version.tags).toEqual({ a: 'b', scope: 'organization', owner: '' });
  expect(again.stderr).toContain('is queued. To follow it: berth logs --job');

  // No daemon has the tag: the import waits, and says for what.
  const jobs = await site.run('provisioner', 'jobs', '--status', 'pending');
  expect(jobs.stdout).toMatch(/template_import +pending +a=b scope=organization .*lacks a=b/);
  expect((await site.run('cancel', '--job', pushed.version.job.id)).stderr).toBe('Canceled the job.\n');

  const second = await site.run(
    'templates',
    'push',
    'small',
    '-d',
    folder,
    '-m',
    'Twice',
    '--variable',
    'owner=fixed',
    '--yes',
  );
  expect(second.code).toBe(0);
  expect(second.stderr).toContain('Its tags are those of the active version: environment=test scope=organization.');
  expect(second.stderr).toContain('A first start would add 1 resources.');
  expect(second.stderr).toMatch(/✓ Imported version v2 of template small \(.*\)\. It is the active version\./);
  const versions = await site.run('templates', 'versions', 'small');
  expect(versions.stdout).toMatch(/^v2 +yes +succeeded .* Twice$/m);
  expect((await site.run('templates', 'edit', 'small', '--activate', 'v1')).code).toBe(0);
});

test('a template is shown, pulled as it was pushed, and deleted', async () => {
  const shown = await site.run('templates', 'show', 'small');
  expect(shown.stdout).toMatch(/Parameters\n +NAME +TYPE +DEFAULT +DESCRIPTION\n/);
  expect(shown.stdout).toMatch(/owner +string +needed/);
  expect(shown.stdout).toMatch(/token +string +\(sensitive\)/);
  expect((await site.run('templates', 'show', 'small', '--readme')).stdout).toBe('# Small\n\nA small template.\n');

  const target = join(site.folder, 'pulled');
  expect((await site.run('templates', 'pull', 'small', target)).code).toBe(0);
  expect(readFileSync(join(target, 'main.tf'), 'utf8')).toBe(small);
  const twice = await site.run('templates', 'pull', 'small', target);
  expect(twice.stderr).toContain('is there already');
  expect(twice.code).toBe(1);

  const refused = await site.run('templates', 'delete', 'tagged');
  expect(refused.code).toBe(2);
  expect((await site.run('templates', 'delete', 'tagged', '--yes')).stderr).toBe('Template tagged is deleted.\n');
});

test('a workspace is made, shown, stopped, changed, and deleted', async () => {
  const create = ['create', 'dev', '--template', 'small', '-p', 'owner=ada', '-p', 'size=2', '-p', 'token=hunter2'];
  const made = await site.run(...create);
  expect(made.code).toBe(0);
  expect(made.stdout).toBe('owner  = "ada"\nsecret = (sensitive)\n');
  expect(made.stderr).toContain('== apply\n');
  expect(made.stderr).toContain('+ terraform_data.part[0]: created');
  expect(made.stderr).toMatch(/✓ Workspace dev is running \(build 1, .* s\)\.\n$/);

  const shown = await site.run('show', 'dev', '--reveal');
  expect(shown.stdout).toMatch(/^status +running$/m);
  expect(shown.stdout).toMatch(/^ +size +2$/m);
  expect(shown.stdout).toMatch(/^ +token +\(sensitive\)$/m);
  expect(shown.stdout).toMatch(/^ +terraform_data.part\[1\]$/m);
  expect(shown.stdout).toMatch(/^ +secret = "hunter2"$/m);

  const stopped = await site.run('stop', 'admin/dev', '--json');
  expect(JSON.parse(stopped.stdout)).toMatchObject({ workspace: { status: 'stopped' }, build: { number: 2 } });

  const wrong = await site.run('start', 'dev', '-p', 'size=9');
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toMatch(/^Error: parameter 'size': At most 3\.$/m);
  const changed = await site.run('start', 'dev', '-p', 'size=3', '--reset', 'token', '--json');
  expect(JSON.parse(changed.stdout).build.parameters).toContainEqual({
    name: 'token',
    value: null,
    sensitive: true,
    isDefault: true,
    ephemeral: false,
  });

  const file = join(site.folder, 'dev.tfstate');
  expect((await site.run('state', 'pull', 'dev', '--output', file)).code).toBe(0);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(JSON.parse(readFileSync(file, 'utf8')).version).toBe(4);

  const log = await site.run('logs', 'dev', '--build', '1');
  expect(log.stdout).toContain('+ terraform_data.part[0]: created');
  expect(log.stdout).not.toContain('hunter2');

  expect((await site.run('delete', 'dev')).code).toBe(2);
  const deleted = await site.run('delete', 'dev', '--yes');
  expect(deleted.stderr).toMatch(/✓ Workspace dev is deleted/);
  expect((await site.run('list')).stderr).toContain('No workspaces.');
});

test('a restart is two builds, and an update moves to the active version once', async () => {
  await site.run('create', 'twice', '-t', 'small', '-p', 'owner=ada', '--version', 'v1', '--detach');
  expect((await site.run('logs', 'twice', '--follow')).code).toBe(0);
  const restarted = await site.run('restart', 'twice', '--json');
  expect(JSON.parse(restarted.stdout)).toMatchObject({ build: { number: 3, transition: 'start' } });
  const update = await site.run('update', 'twice');
  expect(update.stderr).toBe('Workspace twice runs with version v1 already.\n');
  const orphaned = await site.run('delete', 'twice', '--orphan', '--yes');
  expect(orphaned.stderr).toContain('These stay behind:\n  terraform_data.part[0]\n');
  expect(orphaned.code).toBe(0);
});

test('missing and unknown parameters are refused before anything is made', async () => {
  const missing = await site.run('create', 'never', '--template', 'small', '--json');
  expect(missing.code).toBe(2);
  expect(JSON.parse(missing.stdout).error).toMatchObject({
    code: 'missing_parameter',
    fields: { 'parameters.owner': 'needs a value of type string' },
  });
  const unknown = await site.run('create', 'never', '--template', 'small', '-p', 'nope=1');
  expect(unknown.stderr).toContain('Error: 2 parameters are not right\n  The template has: size, owner, token.\n');
  expect(unknown.stderr).toContain('parameters.nope: unknown\n  parameters.owner: needs a value of type string');
  expect((await site.run('show', 'never')).stderr).toContain("there is no workspace 'never'");
});

test('a build that fails ends with exit code 1 and shows where, and the next one repairs it', async () => {
  const gate = join(site.folder, 'gate');
  const text = `
variable "berth" { type = object({ start_count = number }) }
resource "terraform_data" "made" {}
resource "terraform_data" "checked" {
  depends_on = [terraform_data.made]
  provisioner "local-exec" { command = "test -e ${gate}" }
}`;
  const folder = writeTemplate(site.folder, 'breaks', text);
  expect((await site.run('templates', 'push', '-d', folder, ...tagged)).code).toBe(0);
  const failed = await site.run('create', 'broken', '-t', 'breaks');
  expect(failed.code).toBe(1);
  expect(failed.stderr).toContain(
    'Error: local-exec provisioner error\n  in main.tf, line 6, with terraform_data.checked',
  );
  expect(failed.stderr).toContain('✗ The build failed (build 1');
  expect(failed.stderr).toContain('The whole log: berth logs broken --build 1');
  const shown = await site.run('show', 'broken');
  expect(shown.stdout).toMatch(/^status +failed$/m);
  expect(shown.stdout).toMatch(/terraform_data.checked +tainted: it will be replaced/);

  writeFileSync(gate, '');
  expect((await site.run('start', 'broken')).code).toBe(0);
});

test('an import that fails ends with exit code 1, and its version cannot be used', async () => {
  const folder = writeTemplate(site.folder, 'wrong', 'resource "terraform_data" "a" {\n  input = var.missing\n}\n');
  const { code, stderr } = await site.run('templates', 'push', '-d', folder, ...tagged);
  expect(code).toBe(1);
  expect(stderr).toContain('in main.tf, line 2');
  expect(stderr).toContain('✗ The import of version v1 of template wrong failed');
  expect((await site.run('create', 'x', '-t', 'wrong')).stderr).toContain("template 'wrong' has no version");
  const shown = await site.run('templates', 'show', 'wrong');
  expect(shown.code).toBe(0);
  expect(shown.stdout).toMatch(/^version +v1$/m);
  expect(shown.stdout).toContain('Reference to undeclared input variable');
});

test('a folder without configuration is refused here, and nothing is pushed', async () => {
  const folder = join(site.folder, 'empty');
  mkdirSync(folder);
  writeFileSync(join(folder, 'notes.txt'), '');
  const { code, stderr } = await site.run('templates', 'push', '-d', folder);
  expect(code).toBe(2);
  expect(stderr).toContain('holds no Terraform configuration\n  A template needs at least one .tf');
  expect((await site.run('templates', 'push', '-d', join(folder, 'not-there'))).stderr).toContain('there is no folder');
});

test('a large folder goes up in pieces and comes back as it was', async () => {
  const folder = writeTemplate(site.folder, 'large', 'output "a" {\n  value = 1\n}\n');
  const content = randomBytes(5 * 1024 * 1024);
  writeFileSync(join(folder, 'content.bin'), content);
  const pushed = await site.run('templates', 'push', '-d', folder, ...tagged);
  expect(pushed.stderr).toContain('Packed 2 files and folders, 5.0 MiB.');
  expect(pushed.code).toBe(0);
  const target = join(site.folder, 'large-again');
  expect((await site.run('templates', 'pull', 'large', target)).code).toBe(0);
  expect(readFileSync(join(target, 'content.bin')).equals(content)).toBe(true);
});

test('the examples are listed and copied, into no folder that holds something', async () => {
  expect((await site.run('templates', 'init')).stdout).toMatch(/^scratch +The smallest whole Berth template/m);
  const target = join(site.folder, 'from-example');
  expect((await site.run('templates', 'init', 'scratch', target)).code).toBe(0);
  expect(existsSync(join(target, 'main.tf'))).toBe(true);
  expect((await site.run('templates', 'init', 'scratch', target)).stderr).toContain('is not empty');
  expect(readdirSync(target)).not.toContain('.terraform');
});

test('the daemon is listed with its tags, slots, version and engine', async () => {
  expect((await site.run('provisioner', 'list')).stdout).toMatch(
    /^one +(idle|busy) +environment=test scope=organization +\d\/1 +0\.1\.0 +(terraform|tofu) \d/m,
  );
});
