import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { tempDir } from '@berth/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { berth, onTerminal } from './berth.js';
import { adminPassword, useSite } from './site.js';

const site = useSite();

test('the login of the first user is kept for its owner alone, and says who it is', async () => {
  const file = join(site.folder, 'config', 'login.json');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ url: site.url, username: 'admin' });
  const { stdout, code } = await site.run('whoami', '--json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ username: 'admin', siteRole: 'owner', url: site.url });
});

test('a second first user is refused, with what to do', async () => {
  const args = ['--first-user-username', 'eve', '--first-user-email', 'e@example.com'];
  const env = { BERTH_CONFIG_DIR: tempDir(), BERTH_FIRST_USER_PASSWORD: 'long enough' };
  const { code, stderr } = await berth(['login', site.url, ...args], env);
  expect(code).toBe(1);
  expect(stderr).toContain('has a first user already\n  Log in with');
});

test('a login by name and password; a logout revokes its token', async () => {
  const folder = tempDir();
  const password = join(folder, 'password');
  writeFileSync(password, `${adminPassword}\n`);
  const env = { BERTH_CONFIG_DIR: join(folder, 'config') };
  const login = await berth(['login', site.url, '--username', 'admin@example.com', '--password-file', password], env);
  expect(login.stderr).toBe(`Logged in to ${site.url} as admin.\n`);
  const { token } = JSON.parse(readFileSync(join(folder, 'config', 'login.json'), 'utf8'));

  expect(await berth(['logout'], env)).toEqual({ code: 0, stdout: '', stderr: `Logged out of ${site.url}.\n` });
  const after = await berth(['whoami'], { ...env, BERTH_URL: site.url, BERTH_SESSION_TOKEN: token });
  expect(after.code).toBe(3);
  expect((await berth(['logout'], env)).stderr).toBe('You were not logged in.\n');
});

test('a wrong password is refused with exit code 3, and nothing is saved', async () => {
  const folder = tempDir();
  const env = { BERTH_CONFIG_DIR: folder, BERTH_PASSWORD: 'wrong password' };
  const { code } = await berth(['login', site.url, '--username', 'admin'], env);
  expect(code).toBe(3);
  expect((await berth(['whoami'], { BERTH_CONFIG_DIR: folder })).stderr).toContain('not logged in');
});

test('where nobody can be asked, what is missing is named', async () => {
  const { code, stderr } = await berth(['login', site.url], { BERTH_CONFIG_DIR: tempDir() });
  expect(code).toBe(2);
  expect(stderr).toContain('--username and --password-file must be given');
});

test('on a terminal name and password are asked for, and the password is not shown', async () => {
  const terminal = onTerminal(['login', site.url], { BERTH_CONFIG_DIR: tempDir() });
  await terminal.until(/User name/);
  terminal.write('admin\r');
  await terminal.until(/Password/);
  terminal.write(`${adminPassword}\r`);
  expect(await terminal.ended).toBe(0);
  expect(terminal.output()).toContain('Logged in to');
  expect(terminal.output()).not.toContain('correct');
});

test('the saved token is sent to the coordinator that issued it and to no other', async () => {
  const seen: (string | undefined)[] = [];
  const other = createServer((request, response) => {
    seen.push(request.headers.authorization);
    response.writeHead(401, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ code: 'unauthenticated', message: 'who are you?' }));
  });
  await new Promise<void>(done => other.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    other.close();
    other.closeAllConnections();
  });
  const address = other.address();
  const port = typeof address === 'object' ? address?.port : null;
  const { code } = await berth(['whoami'], { ...site.env, BERTH_URL: `http://127.0.0.1:${port}` });
  expect(code).toBe(3);
  expect(seen).toEqual([undefined]);
});

test('BERTH_URL and BERTH_SESSION_TOKEN go before the saved login; CODER_ names are noted', async () => {
  const made = await site.run('tokens', 'create', 'for-env', '--lifetime', '1h');
  const token = made.stdout.trim();
  expect(token).toMatch(/^berth_api_/);
  const env = { BERTH_CONFIG_DIR: tempDir(), CODER_URL: site.url, CODER_SESSION_TOKEN: token };
  const { code, stdout, stderr } = await berth(['whoami'], env);
  expect(code).toBe(0);
  expect(stdout).toContain('admin (admin@example.com)');
  expect(stderr).toContain('CODER_URL is used as BERTH_URL');
  expect(stderr).toContain('CODER_SESSION_TOKEN is used as BERTH_SESSION_TOKEN');
});

test('tokens are made, listed and revoked', async () => {
  const token = (await site.run('tokens', 'create', 'ci', '--lifetime', '90d')).stdout.trim();
  const env = { BERTH_CONFIG_DIR: tempDir(), BERTH_URL: site.url, BERTH_SESSION_TOKEN: token };
  expect((await berth(['whoami'], env)).code).toBe(0);
  const { stdout } = await site.run('tokens', 'list');
  expect(stdout).toMatch(/^NAME +KIND +CREATED +EXPIRES +LAST USED +ID\n/);
  expect(stdout).toMatch(/^ci +api +(just now|\d+ \w+ ago) +in 89 d +(just now|\d+ \w+ ago)/m);
  expect((await site.run('tokens', 'remove', 'ci')).code).toBe(0);
  const refused = await berth(['whoami', '--json'], env);
  expect(refused.code).toBe(3);
  expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: 'unauthenticated' } });
});

test('users are made with a role; a member may make none', async () => {
  const env = { ...site.env, BERTH_USER_PASSWORD: 'bobs password' };
  const args = ['users', 'create', '--username', 'bob', '--email', 'bob@example.com', '--role', 'template-admin'];
  const made = await berth(args, env);
  expect(made.stderr).toBe('User bob was made (template-admin).\n');
  expect((await site.run('users', 'list')).stdout).toMatch(/^bob +bob@example.com +template-admin of default/m);
  expect((await berth(args, env)).code).toBe(1);

  const bob = { BERTH_CONFIG_DIR: tempDir(), BERTH_PASSWORD: 'bobs password' };
  expect((await berth(['login', site.url, '-u', 'bob'], bob)).code).toBe(0);
  const refused = await berth(['users', 'create', '--username', 'eve', '--email', 'eve@example.com'], {
    ...bob,
    BERTH_USER_PASSWORD: 'eves password',
  });
  expect(refused.code).toBe(3);
});

test('a secret on the command line is used, noted, and no longer seen', async () => {
  const token = (await site.run('tokens', 'create', 'argv')).stdout.trim();
  const env = { BERTH_CONFIG_DIR: tempDir() };
  const { code, stderr, stdout } = await berth(['whoami', '--url', site.url, '--token', token], env);
  expect(code).toBe(0);
  expect(stderr).toContain('--token was visible');
  expect(stderr + stdout).not.toContain(token);
});

test('organizations are listed', async () => {
  expect((await site.run('organizations', 'list')).stdout).toMatch(/^default +yes/m);
});
