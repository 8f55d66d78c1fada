import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startCoordinator } from '@berth/coordinator';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { berth, type Env, fileFolder, onTerminal, type Running, startBerth } from './berth.js';
import { adminPassword, psk, writeTemplate } from './site.js';

const folder = fileFolder();
const env: Env = { BERTH_CONFIG_DIR: join(folder, 'config') };
const run = (...args: string[]) => berth(args, env);
const gate = join(folder, 'gate');
const made = join(folder, 'made');
const site: { url: string; stop: () => Promise<void> } = { url: '', stop: () => Promise.resolve() };
afterAll(() => site.stop());

/** Makes one thing at once and another once the gate is there; each says so outside. */
const slow = `
variable "berth" { type = object({ workspace = object({ name = string }) }) }
resource "terraform_data" "first" {
  provisioner "local-exec" { command = "echo first \${var.berth.workspace.name} >> ${made}" }
}
resource "terraform_data" "second" {
  depends_on = [terraform_data.first]
  provisioner "local-exec" {
    command = "echo waits; until [ -e ${gate} ]; do sleep 0.1; done; echo second \${var.berth.workspace.name} >> ${made}"
  }
}`;

beforeAll(async () => {
  const coordinator = await startCoordinator({
    dataDir: join(folder, 'coordinator'),
    address: '127.0.0.1:0',
    psks: [{ name: 'test', secret: psk, organizations: null }],
    timings: { heartbeatMs: 500, leaseMs: 6_000, reapMs: 200 },
    logger: pino({ level: 'silent' }),
  });
  site.url = coordinator.url;
  site.stop = () => coordinator.stop();
  const first = ['--first-user-username', 'admin', '--first-user-email', 'admin@example.com'];
  await berth(['login', site.url, ...first], { ...env, BERTH_FIRST_USER_PASSWORD: adminPassword });
});

async function startDaemon(name: string): Promise<Running> {
  const dataDir = join(folder, name);
  const args = ['--url', site.url, '--name', name, '--data-dir', dataDir, '--max-jobs', '2', '--sandbox', 'none'];
  const daemon = startBerth(['provisionerd', 'start', ...args], { BERTH_PROVISIONER_DAEMON_PSK: psk });
  onTestFinished(async () => {
    // Whatever failed, nothing waits for it any more.
    writeFileSync(gate, '');
    await daemon.stop('SIGTERM');
  });
  await daemon.until(/successfully connected/);
  return daemon;
}

/** Runs a command until what it prints has a match. */
async function see(pattern: RegExp, ...args: string[]): Promise<string> {
  const seen = { text: '' };
  const look = async () => {
    const { stdout, stderr } = await run(...args);
    seen.text = stdout + stderr;
    return seen.text;
  };
  await expect.poll(look, { timeout: 100_000, interval: 300 }).toMatch(pattern);
  return seen.text;
}

test('builds whose daemon does not come back are released; what it made meanwhile is salvage when it does', async () => {
  const one = await startDaemon('one');
  const template = writeTemplate(folder, 'slow', slow);
  expect((await run('templates', 'push', '-d', template, '--yes')).code).toBe(0);
  for (const name of ['a', 'b']) expect((await run('create', name, '-t', 'slow', '--yes', '--detach')).code).toBe(0);
  for (const name of ['a', 'b']) await see(/^ *1 +snapshot +1 /m, 'state', 'list', name);
  await expect.poll(() => readMade()).toEqual(['first a', 'first b']);
  await one.stop('SIGKILL');

  expect(await see(/unreachable since/, 'show', 'a')).toMatch(/^status +unreachable$/m);
  await see(/^b +unreachable .*unreachable since \d{4}-/m, 'list');
  const held = await run('stop', 'a', '--yes');
  expect(held.code).toBe(1);
  expect(held.stderr).toContain("An admin may give it up now: 'berth release'");

  const unasked = await run('release', 'a');
  expect(unasked.code).toBe(2);
  expect(unasked.stderr).toMatch(/Warning: daemon one may still be at work on build 1[\s\S]*needs --yes/);
  const terminal = onTerminal(['release', 'a'], env);
  await terminal.until(/Release workspace a\?/);
  terminal.write('y\r');
  await terminal.until(/Build 1 of a is given up\. Its state is that of serial \d+, which may be incomplete/);
  expect(await terminal.ended).toBe(0);
  expect((await run('release', 'b', '--yes')).code).toBe(0);
  expect((await run('release', 'b', '--yes')).stderr).toContain('Error: ');
  const incomplete = /state may be incomplete \(build 1, attempt 1 of daemon one unreachable since /;
  expect((await run('show', 'a')).stdout).toMatch(incomplete);
  expect((await run('list')).stdout).toMatch(incomplete);

  const two = await startDaemon('two');
  const refused = await run('start', 'b', '--yes');
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('--yes-incomplete-state');
  const asked = onTerminal(['start', 'b'], env);
  await asked.until(/Go on from this state\?/);
  asked.write('n\r');
  expect(await asked.ended).toBe(1);
  writeFileSync(gate, '');
  expect((await run('start', 'b', '--yes-incomplete-state', '--yes')).code).toBe(0);
  await two.stop('SIGTERM');

  await startDaemon('one');
  expect(await see(/^ *1 +salvage +yes +1 /m, 'state', 'list', 'a')).toMatch(/^ *1 +snapshot +1 /m);
  await see(/^ *1 +salvage +1 /m, 'state', 'list', 'b');
  expect((await run('show', 'a')).stdout).not.toMatch(incomplete);
  expect((await run('start', 'a', '--yes')).code).toBe(0);
  expect(readMade().filter(line => line.endsWith(' a'))).toEqual(['first a', 'second a']);

  const file = join(folder, 'salvage.tfstate');
  expect((await run('state', 'pull', 'b', '--salvage', '--output', file)).stderr).toContain('salvage of build 1');
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ version: 4, terraform_version: expect.any(String) });
  const older = await run('state', 'push', 'b', file);
  expect(older.code).toBe(1);
  expect(older.stderr).toContain('or push with --force');
  const forced = await run('state', 'push', 'b', file, '--force');
  expect(forced.stderr).toMatch(/The state of b is now that of serial \d+\./);
  expect((await run('state', 'list', 'b')).stdout).toMatch(/^ *2 +pushed +yes .* admin$/m);
  writeFileSync(file, '{"version": 4');
  expect((await run('state', 'push', 'b', file)).stderr).toContain('is no usable state (truncated)');
}, 180_000);

function readMade(): string[] {
  return existsSync(made) ? readFileSync(made, 'utf8').trim().split('\n').sort() : [];
}
