import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from '@berth/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { berth, type Env, type Running, startBerth } from './berth.js';
import { adminPassword, writeTemplate } from './site.js';

interface Server {
  url: string;
  running: Running;
  env: Env;
}

async function startServer(dataDir: string, ...args: string[]): Promise<Server> {
  const fixed = ['server', '--data-dir', dataDir, '--address', '127.0.0.1:0', '--provisioner-daemons', '0'];
  const running = startBerth([...fixed, ...args]);
  onTestFinished(async () => {
    await running.stop('SIGTERM');
  });
  const url = (await running.until(/ready at (http:\S+)/))[1] ?? '';
  return { url, running, env: { BERTH_CONFIG_DIR: tempDir() } };
}

async function firstUser({ url, env }: Server): Promise<void> {
  const who = ['--first-user-username', 'admin', '--first-user-email', 'admin@example.com'];
  const { code, stderr } = await berth(['login', url, ...who], { ...env, BERTH_FIRST_USER_PASSWORD: adminPassword });
  if (code !== 0) throw new Error(stderr);
}

/** A folder with a backup and the key that belongs to it. */
function restored(backup: string, dataDir: string): string {
  const folder = join(tempDir(), 'restored');
  mkdirSync(folder, { mode: 0o700 });
  copyFileSync(backup, join(folder, 'berth.sqlite'));
  copyFileSync(join(dataDir, 'encryption.key'), join(folder, 'encryption.key'));
  return folder;
}

test('a backup is made while the coordinator runs, checked, and started from', async () => {
  const dataDir = join(tempDir(), 'data');
  const server = await startServer(dataDir);
  await firstUser(server);
  const backup = join(tempDir(), 'backup.sqlite');
  const made = await berth(['server', 'backup', backup], server.env);
  expect(made).toMatchObject({ code: 0, stderr: expect.stringContaining('Keep encryption.key') });
  expect(statSync(backup).mode & 0o777).toBe(0o600);
  expect(readdirSync(dataDir).filter(name => name.startsWith('backup-'))).toEqual([]);
  expect((await berth(['server', 'backup', backup], server.env)).stderr).toContain('is there already');

  const used = await berth(['server', 'check', '--data-dir', dataDir]);
  expect(used).toMatchObject({ code: 1, stderr: expect.stringContaining('is in use by process') });
  const nowhere = join(tempDir(), 'nowhere');
  for (const command of ['check', 'rotate-key']) {
    expect((await berth(['server', command, '--data-dir', nowhere])).stderr).toContain('there is no database in');
  }
  expect(existsSync(nowhere)).toBe(false);
  const copy = restored(backup, dataDir);
  const checked = await berth(['server', 'check', '--data-dir', copy]);
  expect(checked).toMatchObject({ code: 0, stdout: expect.stringContaining('all is well') });
  const second = await startServer(copy);
  const login = ['login', second.url, '--username', 'admin'];
  expect((await berth(login, { ...second.env, BERTH_PASSWORD: adminPassword })).code).toBe(0);

  const member = { username: 'bob', email: 'bob@example.com', role: 'member' };
  const making = ['users', 'create', '--username', member.username, '--email', member.email];
  expect((await berth(making, { ...server.env, BERTH_USER_PASSWORD: adminPassword })).code).toBe(0);
  const bob = { BERTH_CONFIG_DIR: tempDir() };
  await berth(['login', server.url, '--username', 'bob'], { ...bob, BERTH_PASSWORD: adminPassword });
  const refused = await berth(['server', 'backup', join(tempDir(), 'b')], bob);
  expect(refused).toMatchObject({ code: 3, stderr: expect.stringContaining('do not allow you to copy the database') });
});

test('a key is replaced while the coordinator is down; a damaged database is told', async () => {
  const dataDir = join(tempDir(), 'data');
  const first = await startServer(dataDir);
  await firstUser(first);
  const template = writeTemplate(tempDir(), 'small', 'variable "a" {}\nresource "terraform_data" "a" {}\n');
  const push = ['templates', 'push', '-d', template, '--variable', 'a=secret', '--yes', '--detach'];
  expect((await berth(push, first.env)).code).toBe(0);
  await first.running.stop('SIGTERM');
  const keyFile = join(dataDir, 'encryption.key');
  const oldKey = readFileSync(keyFile);
  const rotated = await berth(['server', 'rotate-key', '--data-dir', dataDir]);
  expect(rotated).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/[1-9]\d* values are encrypted with the new/),
  });
  expect(readFileSync(keyFile).equals(oldKey)).toBe(false);
  expect(readFileSync(keyFile)).toHaveLength(32);
  const second = await startServer(dataDir);
  await second.running.stop('SIGTERM');
  expect((await berth(['server', 'check', '--data-dir', dataDir])).code).toBe(0);

  const old = join(tempDir(), 'old');
  writeFileSync(old, oldKey);
  const wrong = await berth(['server', 'check', '--data-dir', dataDir, '--encryption-key-file', old]);
  expect(wrong.code).toBe(1);
  expect(wrong.stderr).toContain('key');
  expect(wrong.stderr).not.toContain(oldKey.toString('base64'));
  const fromFile = { BERTH_ENCRYPTION_KEY_FILE: keyFile };
  expect((await berth(['server', 'check', '--data-dir', dataDir], fromFile)).code).toBe(0);
  const given = { BERTH_ENCRYPTION_KEY: readFileSync(keyFile).toString('base64') };
  expect((await berth(['server', 'check', '--data-dir', dataDir], given)).code).toBe(0);
  const none = await berth(['server', 'check', '--data-dir', dataDir], { BERTH_ENCRYPTION_KEY: 'short' });
  expect(none.stderr).toContain('is not 32 bytes in base64 or hex');

  const database = join(dataDir, 'berth.sqlite');
  const bytes = readFileSync(database);
  // From the second page on: the header still says that it is a database.
  writeFileSync(database, bytes.fill(0xa5, 8192));
  const damaged = await berth(['server', 'check', '--data-dir', dataDir]);
  expect(damaged.code).not.toBe(0);
  expect(damaged.stdout + damaged.stderr).not.toContain('all is well');
});

test('a job that waits too long fails, and says why nobody took it', async () => {
  const server = await startServer(join(tempDir(), 'data'), '--max-pending', '1s', '--keep-states', '3');
  await firstUser(server);
  const template = writeTemplate(tempDir(), 'small', 'resource "terraform_data" "a" {}\n');
  const pushed = await berth(
    ['templates', 'push', '-d', template, '--provisioner-tag', 'zone=mars', '--yes'],
    server.env,
  );
  expect(pushed.code).toBe(1);
  expect(pushed.stderr).toMatch(/Error: no daemon took it within 1 s: .*daemon/);
});

test('what a database needs is told before anything is started', async () => {
  const dataDir = join(tempDir(), 'data');
  const run = (env: Env, ...args: string[]) => berth(['server', '--data-dir', dataDir, ...args], env);
  const url = 'postgres://berth:hunter2@127.0.0.1:1/berth';
  const keyless = await run({ BERTH_DATABASE_URL: url });
  expect(keyless.code).toBe(1);
  expect(keyless.stderr).toContain('needs an encryption key beside it');
  const unread = await run({ BERTH_DATABASE_URL: url }, '--encryption-key-file', join(dataDir, 'nowhere'));
  expect(unread).toMatchObject({ code: 2, stderr: expect.stringContaining('cannot read the encryption key in') });
  const key = Buffer.alloc(32, 7).toString('base64');
  const bad = await run({ BERTH_DATABASE_URL: 'mysql://x/y', BERTH_ENCRYPTION_KEY: key });
  expect(bad.code).toBe(1);
  expect([keyless, unread, bad].map(({ stdout, stderr }) => stdout + stderr).join()).not.toContain('hunter2');
  expect(existsSync(join(dataDir, 'berth.sqlite'))).toBe(false);
  expect((await run({}, '--keep-states', '0')).code).toBe(2);
});
