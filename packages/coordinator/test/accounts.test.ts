import { createClient } from '@berth/client';
import { routes } from '@berth/protocol';
import { openStore } from '@berth/store';
import { expect, test } from 'vitest';
import { LoginLimit } from '../src/access/loginLimit.js';
import { bareCoordinator, password, refusal, testCoordinator } from './support/coordinator.js';

test('the first user is made once, and owns the site', async () => {
  const { url } = await bareCoordinator();
  const client = createClient({ url });
  expect(await client.call(routes.buildInfo)).toMatchObject({ firstUserNeeded: true, accessUrl: url });
  const first = { username: 'Ada', email: 'ada@example.com', password };
  const both = await Promise.allSettled([1, 2].map(() => client.call(routes.createFirstUser, { body: first })));
  expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect((await refusal(client.call(routes.createFirstUser, { body: first }))).code).toBe('first_user_exists');
  expect(await client.call(routes.buildInfo)).toMatchObject({ firstUserNeeded: false });
  const { token, user } = await client.call(routes.login, { body: { login: 'ada', password } });
  expect(user).toMatchObject({ siteRole: 'owner', memberships: [{ role: 'admin' }] });
  expect(token).toMatch(/^berth_ses_[A-Za-z0-9_-]{43}$/);
});

test('login by name or address; a wrong password and an unknown name are answered alike', async () => {
  const setup = await testCoordinator();
  await setup.user('grace');
  const login = (name: string, given: string) =>
    setup.as(null).call(routes.login, { body: { login: name, password: given } });
  expect((await login('GRACE@example.com', password)).user.username).toBe('grace');
  const wrong = await refusal(login('grace', 'wrong password'));
  const unknown = await refusal(login('nobody', 'wrong password'));
  expect(wrong.code).toBe('invalid_credentials');
  expect(unknown.toBody()).toEqual(wrong.toBody());
});

test('too many failed logins are refused for a while, a right one among them, too; others may go on', async () => {
  let now = 1_000_000;
  const setup = await testCoordinator({ clock: { now: () => now } });
  await setup.user('grace');
  const login = (name: string, given: string) =>
    setup.as(null).call(routes.login, { body: { login: name, password: given } });
  await Promise.all(Array.from({ length: 10 }, () => refusal(login('grace', 'guess'))));
  expect((await refusal(login('grace', password))).code).toBe('too_many_requests');
  expect((await login('owner', password)).user.username).toBe('owner');
  now += 61_000;
  expect((await login('grace', password)).user.username).toBe('grace');
});

test('logins from one address with ever new names are bounded, and so is what is remembered', () => {
  const limit = new LoginLimit({ now: () => 0 });
  for (let i = 0; i < 100; i++) limit.begin('10.0.0.1', `name-${i}`);
  expect(() => limit.begin('10.0.0.1', 'another')).toThrow('too many failed logins');
  expect(() => limit.begin('10.0.0.2', 'another')).not.toThrow();
  const succeeded = new LoginLimit({ now: () => 0 });
  for (let i = 0; i < 500; i++) succeeded.begin('10.0.0.1', 'name').succeeded();
});

test('logins that the database was away for are no failed ones', () => {
  const limit = new LoginLimit({ now: () => 0 });
  for (let i = 0; i < 500; i++) limit.begin('10.0.0.1', 'name').notJudged();
  for (let i = 0; i < 10; i++) limit.begin('10.0.0.1', 'name');
  expect(() => limit.begin('10.0.0.1', 'name')).toThrow('too many failed logins');
});

test('logout and removal end a token at once; a token is shown once', async () => {
  const setup = await testCoordinator();
  const { client, token } = await setup.user('grace');
  const made = await client.call(routes.createToken, { body: { name: 'ci', lifetimeMs: 60_000 } });
  expect(made.token).toMatch(/^berth_api_/);
  const { items: own } = await client.call(routes.listTokens);
  expect(own.map(({ name, kind }) => ({ name, kind }))).toEqual(
    expect.arrayContaining([
      { name: 'ci', kind: 'api' },
      { name: 'login', kind: 'session' },
    ]),
  );
  expect(JSON.stringify(own)).not.toContain(made.token);
  expect((await refusal(client.call(routes.createToken, { body: { name: 'ci' } }))).code).toBe('name_taken');

  const api = setup.as(made.token);
  expect((await api.call(routes.me)).username).toBe('grace');
  await client.call(routes.removeToken, { params: { token: 'ci' } });
  expect((await refusal(api.call(routes.me))).code).toBe('unauthenticated');
  expect((await refusal(client.call(routes.removeToken, { params: { token: 'ci' } }))).code).toBe('not_found');

  await client.call(routes.logout);
  expect((await refusal(setup.as(token).call(routes.me))).code).toBe('unauthenticated');
});

test('nobody removes the token of somebody else', async () => {
  const setup = await testCoordinator();
  const { id } = await setup.owner.call(routes.createToken, { body: { name: 'mine' } });
  const { client } = await setup.user('grace');
  expect((await refusal(client.call(routes.removeToken, { params: { token: id } }))).code).toBe('not_found');
});

test('an API token ends with its lifetime', async () => {
  let now = Date.now();
  const setup = await testCoordinator({ clock: { now: () => now } });
  const { token } = await setup.owner.call(routes.createToken, { body: { name: 'short', lifetimeMs: 60_000 } });
  expect((await setup.as(token).call(routes.me)).username).toBe('owner');
  now += 60_001;
  expect((await refusal(setup.as(token).call(routes.me))).code).toBe('unauthenticated');
});

test('users have the role that they were made with, and no two the same name', async () => {
  const setup = await testCoordinator();
  const admin = await setup.user('admin', 'template-admin');
  expect(await admin.client.call(routes.me)).toMatchObject({
    siteRole: 'member',
    memberships: [{ role: 'template-admin', organization: { id: setup.organization } }],
  });
  const body = { username: 'ADMIN', email: 'other@example.com', password };
  const taken = await refusal(setup.owner.call(routes.createUser, { body }));
  expect(taken.code).toBe('name_taken');
  expect(await setup.owner.call(routes.listUsers, { query: { limit: 1 } })).toMatchObject({
    items: [{ username: 'admin' }],
    nextCursor: expect.any(String),
  });
});

test('what is changed is in the audit log, without secrets', async () => {
  const setup = await testCoordinator();
  const { id } = await setup.user('grace');
  const { token } = await setup.owner.call(routes.createToken, { body: { name: 'ci' } });
  await setup.coordinator.stop();
  const store = await openStore({ dataDir: setup.dataDir });
  const { items } = await store.audit.list({ limit: 10 });
  await store.close();
  expect(items.map(({ action, target }) => [action, target.name])).toEqual([
    ['token.create', 'ci'],
    ['user.create', 'grace'],
    ['user.create', 'owner'],
  ]);
  expect(items[1]).toMatchObject({ target: { kind: 'user', id }, details: { role: 'member' } });
  for (const secret of [token, password]) expect(JSON.stringify(items)).not.toContain(secret);
});
