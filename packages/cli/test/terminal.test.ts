import { beforeAll, expect, test } from 'vitest';
import { onTerminal, startBerth } from './berth.js';
import { useSite, writeTemplate } from './site.js';

const site = useSite();
const ctrlC = '\u0003';

const slow = `
variable "berth" { type = object({ start_count = number }) }
variable "size" {
  type    = number
  default = 1
  validation {
    condition     = var.size <= 3
    error_message = "At most 3."
  }
}
variable "owner" { type = string }
variable "token" {
  type      = string
  sensitive = true
}
resource "terraform_data" "slow" {
  count = var.size > 1 ? var.berth.start_count : 0
  provisioner "local-exec" { command = "echo began; sleep 60" }
}`;

beforeAll(async () => {
  await site.startDaemon('one', '--tag', 'environment=test');
  const folder = writeTemplate(site.folder, 'slow', slow);
  const pushed = await site.run('templates', 'push', '-d', folder, '--provisioner-tag', 'environment=test');
  if (pushed.code !== 0) throw new Error(pushed.stderr);
});

test('create asks for the parameters, checks the answers, shows no secret, and follows the build', async () => {
  const terminal = onTerminal(['create', 'asked', '--template', 'slow'], site.env);
  await terminal.until(/size \(number\): .*\(1\)/);
  terminal.write('9\r');
  await terminal.until(/At most 3\./);
  terminal.write('\u007f\r');
  await terminal.until(/owner \(string\)/);
  terminal.write('\r');
  await terminal.until(/A value is needed/);
  terminal.write('ada\r');
  await terminal.until(/token \(string\)/);
  terminal.write('hunter2\r');
  await terminal.until(/owner.* {2}ada[\s\S]*\(sensitive\)[\s\S]*Create it\?/);
  terminal.write('\r');
  await terminal.until(/Workspace .*asked.* is running/);
  expect(await terminal.ended).toBe(0);
  expect(terminal.output()).toMatch(/✓.* apply/);
  expect(terminal.output()).not.toContain('hunter2');
});

test('Ctrl-C stops following and not the build; a second one asks, and cancels', async () => {
  const values = ['-p', 'owner=ada', '-p', 'token=t', '-p', 'size=2', '--yes'];
  const terminal = onTerminal(['create', 'left', '--template', 'slow', ...values], site.env);
  await terminal.until(/│ began/);
  terminal.write('typed into the view');
  terminal.write(ctrlC);
  await terminal.until(/Stopped following; the build goes on\. To come back: berth logs left --follow/);
  terminal.write('\r');
  expect(await terminal.ended).toBe(130);
  expect(terminal.output()).not.toContain('typed');
  expect((await site.run('show', 'left')).stdout).toMatch(/^status +starting$/m);

  const second = await site.run('start', 'left');
  expect(second.code).toBe(1);
  expect(second.stderr).toContain("end it with 'berth cancel'");
  expect((await site.run('cancel', 'left')).stderr).toContain('Asked to cancel build 1 of left');
  expect((await site.run('logs', 'left', '--follow')).code).toBe(1);

  const start = onTerminal(['start', 'left'], site.env);
  await start.until(/│ began/);
  start.write(ctrlC);
  await start.until(/Press Ctrl-C again/);
  start.write(ctrlC);
  await start.until(/Cancel the build\?/);
  start.write('y\r');
  await start.until(/The build was canceled \(build 2/);
  expect(await start.ended).toBe(1);
});

test('a push of a new template asks first; a build that waits shows why', async () => {
  const folder = `${site.folder}/slow`;
  const push = onTerminal(['templates', 'push', 'nowhere', '-d', folder, '--provisioner-tag', 'gpu=yes'], site.env);
  await push.until(/Make the new template 'nowhere' in organization 'default'\?/);
  push.write('\r');
  await push.until(/no daemon matches its tags; nearest is one: lacks gpu=yes/);
  push.write(ctrlC);
  await push.until(/the import goes on/);
  push.write(ctrlC);
  await push.until(/Cancel the import\?/);
  push.write('y\r');
  await push.until(/The import of version v1 .*was canceled/);
  expect(await push.ended).toBe(1);
});

test('saying no does nothing', async () => {
  const push = onTerminal(['templates', 'push', 'unwanted', '-d', `${site.folder}/slow`], site.env);
  await push.until(/Make the new template/);
  push.write('n\r');
  await push.until(/Nothing was done\./);
  expect(await push.ended).toBe(0);
  expect((await site.run('templates', 'show', 'unwanted')).code).toBe(1);
});

test('where nobody can be asked, an interrupt stops following and says so', async () => {
  const values = ['-p', 'owner=ada', '-p', 'token=t', '-p', 'size=2'];
  const create = startBerth(['create', 'plain', '--template', 'slow', ...values], site.env);
  await create.until(/began/);
  expect(await create.stop('SIGINT')).toBe(130);
  expect(create.output()).toContain('Stopped following; the build goes on. To come back: berth logs plain --follow');
  expect(create.output()).not.toContain('Press Ctrl-C again');
  expect((await site.run('cancel', 'plain', '--json')).stdout).toContain('"status": "canceling"');
});
