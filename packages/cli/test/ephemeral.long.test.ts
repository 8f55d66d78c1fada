import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test, vi } from 'vitest';
import { onTerminal } from './berth.js';
import { useSite, writeTemplate } from './site.js';

// Many commands one after the other, on a machine that may have other work.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const site = useSite();
const canary = 'canary-hunter2-0815';

const pinned = `
terraform {
  required_version = ">= 1.10"
}
variable "berth" { type = object({ start_count = number }) }
variable "pin" {
  type        = string
  description = "Of the machine"
  ephemeral   = true
  validation {
    condition     = length(var.pin) >= 4
    error_message = "Four characters at least."
  }
}
variable "size" {
  type    = number
  default = 1
}
resource "terraform_data" "machine" {
  count = var.berth.start_count
  provisioner "local-exec" {
    command     = "test $(printf %s $PIN | wc -c) = 19 && echo the pin is $PIN"
    environment = { PIN = var.pin }
  }
}`;

const v2 = `
variable "berth" { type = object({ start_count = number }) }
variable "size" { type = list(number) }
variable "owner" { type = string }
variable "zone" {
  type    = string
  default = "a"
}
resource "terraform_data" "machine" {
  count = var.berth.start_count
  input = [var.size, var.owner, var.zone]
}
output "all" { value = jsonencode([var.size, var.owner, var.zone]) }`;

async function push(text: string): Promise<void> {
  const folder = writeTemplate(site.folder, 'pins', text);
  const pushed = await site.run('templates', 'push', '-d', folder, '--yes');
  if (pushed.code !== 0) throw new Error(pushed.stderr);
}

beforeAll(async () => {
  await site.startDaemon('one');
  await push(pinned);
});

test('an ephemeral parameter is needed at each build, shown in no log, and kept nowhere', async () => {
  expect((await site.run('templates', 'show', 'pins')).stdout).toMatch(
    /pin +string +needed at each build +Of the machine/,
  );
  const create = ['create', 'dev', '-t', 'pins'];
  const missing = await site.run(...create);
  expect(missing.code).toBe(2);
  expect(missing.stderr).toContain('parameters.pin: needs a value of type string at each build');

  const made = await site.run(...create, '-p', `pin=${canary}`);
  expect(made.code).toBe(0);
  expect((await site.run('show', 'dev')).stdout).toMatch(/pin +\(given at each build\)\n +size +\(default\)/);
  const log = await site.run('logs', 'dev');
  expect(log.stdout).toContain('terraform_data.machine[0]: created');
  expect(log.stdout + made.stderr).not.toContain(canary);

  const refused = await site.run('stop', 'dev');
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain("the template needs 'pin'");
  const short = await site.run('stop', 'dev', '-p', 'pin=abc');
  expect(short.stderr).toContain("Error: parameter 'pin': Four characters at least.");
  expect((await site.run('restart', 'dev', '-p', `pin=${canary}`)).code).toBe(0);
  // The daemon clears its folder away once it has heard that the build is settled.
  await expect.poll(() => filesHolding(site.folder, canary)).toEqual([]);
});

test('a push cannot pin it', async () => {
  const folder = join(site.folder, 'pins');
  const pushed = await site.run('templates', 'push', '-d', folder, '--yes', '--variable', `pin=${canary}`);
  expect(pushed.code).toBe(1);
  expect(pushed.stderr).toContain("variable 'pin': it is ephemeral, so it is asked for at each build");
});

test('an update to a version with new, removed and retyped parameters asks for what is needed alone', async () => {
  expect((await site.run('create', 'moved', '-t', 'pins', '-p', 'size=3', '-p', `pin=${canary}`)).code).toBe(0);
  await push(v2);
  const alone = await site.run('update', 'moved');
  expect(alone.code).toBe(2);
  expect(alone.stderr).toContain('parameters.size: the value must be a list (its type is list(number))');
  expect(alone.stderr).toContain('parameters.owner: needs a value of type string');

  const terminal = onTerminal(['update', 'moved'], site.env);
  await terminal.until(/size: the value must be a list .*; give another value[\s\S]*size \(list\(number\), as JSON\):/);
  terminal.write('[3]\r');
  await terminal.until(/owner \(string\):/);
  terminal.write('ada\r');
  expect(await terminal.ended).toBe(0);
  expect(terminal.output()).not.toContain('zone (string)');
  expect((await site.run('show', 'moved')).stdout).toContain('all = "[[3],\\"ada\\",\\"a\\"]"');
});

/** Names of the files below a folder whose bytes hold a text. */
function filesHolding(folder: string, text: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(name => {
    const path = join(folder, name);
    return statSync(path, { throwIfNoEntry: false })?.isFile() === true && readFileSync(path).includes(text);
  });
}
