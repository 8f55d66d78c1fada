import { randomUUID } from 'node:crypto';
import { BERTH_VERSION, PROTOCOL_VERSION, routes } from '@berth/protocol';
import { openStore } from '@berth/store';
import { tempDir } from '@berth/testkit';
import { expect, test } from 'vitest';
import { type TestCoordinator, testCoordinator } from './support/coordinator.js';
import { type DaemonOptions, TestDaemon } from './support/daemon.js';

test('a wrong, a missing and a misplaced credential are refused before there is a socket', async () => {
  const setup = await testCoordinator();
  const refused = async (credential: Pick<DaemonOptions, 'psk' | 'token'>, url = setup.url) => {
    const opened = await TestDaemon.open(url, credential);
    return 'daemon' in opened ? 'let in' : [opened.status, opened.error.code];
  };
  expect(await refused({ psk: `${setup.psk}x` })).toEqual([401, 'psk_refused']);
  expect(await refused({ psk: '' })).toEqual([401, 'psk_refused']);
  expect(await refused({})).toEqual([401, 'unauthenticated']);
  expect(await refused({ token: 'berth_ses_made-up' })).toEqual([401, 'unauthenticated']);
  expect(await refused({ token: setup.psk })).toEqual([401, 'unauthenticated']);
  const keyless = await testCoordinator({ psks: [] });
  expect(await refused({ psk: setup.psk }, keyless.url)).toEqual([401, 'psk_refused']);
  const other = await TestDaemon.open(setup.url, { psk: setup.psk }, '/api/v1/elsewhere');
  expect(other).toMatchObject({ status: 404, error: { code: 'not_found' } });
});

test('a welcome says who the daemon is, and the list shows it', async () => {
  const setup = await testCoordinator();
  const daemon = await setup.daemon({ name: 'rack.7_a', tags: { zone: 'a' }, slots: 3 });
  expect(daemon.welcome).toMatchObject({
    protocol: PROTOCOL_VERSION,
    version: BERTH_VERSION,
    organization: { id: setup.organization },
    tags: { zone: 'a', scope: 'organization', owner: '' },
    heartbeatMs: 10_000,
    attempts: [],
    notices: [],
  });
  expect(await listDaemons(setup)).toMatchObject([
    { id: daemon.id, name: 'rack.7_a', status: 'idle', slots: 3, busySlots: 0, builtIn: false, sandbox: 'none' },
  ]);
  daemon.send({ type: 'draining', draining: true });
  await daemon.heartbeat();
  expect(await listDaemons(setup)).toMatchObject([{ status: 'draining' }]);
  await daemon.close();
  await untilDaemons(setup, ([only]) => only?.status === 'offline');
});

test('a pre-shared key serves the organization, never a user', async () => {
  const setup = await testCoordinator();
  expect(await refusedHello(setup, { tags: { scope: 'user' } })).toMatchObject({ code: 'psk_scope', final: true });
  expect(await refusedHello(setup, { tags: { owner: 'me' } })).toMatchObject({ code: 'reserved_tag', final: true });
  expect(await refusedHello(setup, { tags: { scope: 'site' } })).toMatchObject({ code: 'reserved_tag' });
  expect(await refusedHello(setup, { tags: { 'a b': '' } })).toMatchObject({ code: 'invalid_tag' });
});

test("a user's token: the organization by role, with a notice; their own scope, any user", async () => {
  const setup = await testCoordinator();
  const [member, admin] = [await setup.user('grace'), await setup.user('admin', 'template-admin')];
  const forbidden = await refusedHello(setup, { token: member.token, name: 'of-grace' });
  expect(forbidden).toMatchObject({ code: 'forbidden', final: true });
  for (const token of [admin.token, setup.ownerToken]) {
    const daemon = await setup.daemon({ token, name: `d${token.length}-${token.slice(-3).replace(/[^a-z]/gi, '0')}` });
    expect(daemon.welcome.notices).toEqual([expect.stringContaining('pre-shared key is preferred')]);
    expect(daemon.welcome.tags).toEqual({ scope: 'organization', owner: '' });
  }
  const own = await setup.daemon({ token: member.token, tags: { scope: 'user', zone: 'a' }, name: 'laptop' });
  expect(own.welcome.tags).toEqual({ scope: 'user', owner: member.id, zone: 'a' });
  expect(own.welcome.notices).toEqual([]);
});

test('a key for some organizations, and organizations that are not there', async () => {
  const dataDir = tempDir();
  const store = await openStore({ dataDir });
  const other = await store.organizations.create({ name: 'other' });
  await store.close();
  const setup = await testCoordinator({
    dataDir,
    psks: [
      { name: 'all', secret: 'opens every door', organizations: null },
      { name: 'one', secret: 'opens one door', organizations: ['other'] },
    ],
  });
  const one = { psk: 'opens one door' };
  expect(await refusedHello(setup, { ...one })).toMatchObject({ code: 'forbidden', final: true });
  const daemon = await setup.daemon({ ...one, organization: 'other' });
  expect(daemon.welcome.organization).toEqual({ id: other.id, name: 'other' });
  const all = { psk: 'opens every door' };
  expect((await setup.daemon({ ...all, organization: other.id, name: 'b' })).welcome.organization.name).toBe('other');
  expect(await refusedHello(setup, { ...all, organization: 'nowhere' })).toMatchObject({ code: 'not_found' });
  const member = await setup.user('grace');
  const own = { token: member.token, tags: { scope: 'user' }, organization: 'other' };
  const unseen = await refusedHello(setup, own);
  const absent = await refusedHello(setup, { ...own, organization: 'nowhere' });
  expect(unseen).toMatchObject({ code: 'not_found', final: true, hint: expect.stringContaining('--org') });
  expect(unseen).toEqual({ ...absent, message: absent.message.replace('nowhere', 'other') });
});

test('another protocol is refused whatever else its hello holds; an invalid hello, too', async () => {
  const setup = await testCoordinator();
  const newer = await refusedHello(setup, { hello: { protocol: PROTOCOL_VERSION + 1, engine: { other: 'shape' } } });
  expect(newer).toMatchObject({
    code: 'protocol_unsupported',
    final: true,
    hint: expect.stringContaining('coordinator'),
  });
  expect(await refusedHello(setup, { hello: { protocol: 0 } })).toMatchObject({ code: 'protocol_unsupported' });
  expect(await refusedHello(setup, { name: 'no spaces' })).toMatchObject({ code: 'invalid_request', final: true });
  const older = await setup.daemon({ hello: { version: '0.0.1' } });
  expect(older.welcome.notices).toEqual([expect.stringContaining('0.0.1')]);
});

test('a name is one daemon: the same one takes over, another is refused while the first answers', async () => {
  const setup = await testCoordinator();
  const instance = randomUUID();
  const first = await setup.daemon({ name: 'rack', instance });
  expect(await refusedHello(setup, { name: 'rack' })).toMatchObject({ code: 'daemon_name_taken', final: true });
  const again = await setup.daemon({ name: 'rack', instance });
  expect((await first.closed).code).toBe(4001);
  expect(again.id).toBe(first.id);
  expect(await listDaemons(setup)).toMatchObject([{ name: 'rack', status: 'idle' }]);
});

test('several who come for the name of one that no longer answers: one gets it', async () => {
  const setup = await testCoordinator({ timings: { helloMs: 3_000 } });
  const frozen = await setup.daemon({ name: 'rack' });
  frozen.freeze();
  const opened = await Promise.all([1, 2, 3].map(() => TestDaemon.open(setup.url, { psk: setup.psk })));
  const daemons = opened.flatMap(result => ('daemon' in result ? [result.daemon] : []));
  for (const daemon of daemons) daemon.hello({ name: 'rack' });
  const answers = await Promise.all(daemons.map(daemon => daemon.next('welcome', 'refused')));
  expect(answers.map(({ type }) => type).sort()).toEqual(['refused', 'refused', 'welcome']);
  expect(answers.find(answer => answer.type === 'welcome')).toMatchObject({ daemon: frozen.id });
  const online = await listDaemons(setup);
  expect(online).toMatchObject([{ name: 'rack', status: 'idle' }]);
});

test("nobody comes under the name of somebody else's offline daemon", async () => {
  const setup = await testCoordinator();
  const [grace, alan] = [await setup.user('grace'), await setup.user('alan')];
  const instance = randomUUID();
  const own = { token: grace.token, tags: { scope: 'user' }, name: 'laptop', instance };
  const first = await setup.daemon(own);
  await first.close();
  await untilDaemons(setup, ([only]) => only?.status === 'offline');
  const posing = { ...own, token: alan.token, instance: randomUUID() };
  expect(await refusedHello(setup, posing)).toMatchObject({ code: 'daemon_name_taken' });
  expect(await refusedHello(setup, { name: 'laptop' })).toMatchObject({ code: 'daemon_name_taken' });
  // Their own, on a new disk; and the same disk, for another purpose.
  const renewed = await setup.daemon({ ...own, instance: randomUUID() });
  expect(renewed.id).toBe(first.id);
  await renewed.close();
  await untilDaemons(setup, ([only]) => only?.status === 'offline');
  const { items } = await setup.owner.call(routes.listDaemons, { params: { organization: setup.organization } });
  expect(items).toHaveLength(1);
});

test('names of built-in daemons are not for others', async () => {
  const setup = await testCoordinator();
  expect(await refusedHello(setup, { name: 'built-in-1' })).toMatchObject({ code: 'daemon_name_taken' });
  expect((await setup.daemon({ name: 'built-in-x' })).welcome.type).toBe('welcome');
});

test('the end of a token ends the connections that came with it', async () => {
  let now = Date.now();
  const setup = await testCoordinator({ clock: { now: () => now }, timings: { pingMs: 20 } });
  const [removed, loggedOut] = [await setup.user('grace'), await setup.user('alan')];
  const made = await removed.client.call(routes.createToken, { body: { name: 'daemon', lifetimeMs: 60_000 } });
  const short = await setup.owner.call(routes.createToken, { body: { name: 'short', lifetimeMs: 60_000 } });
  const tags = { scope: 'user' };
  const byToken = await setup.daemon({ token: made.token, tags, name: 'a' });
  const bySession = await setup.daemon({ token: loggedOut.token, tags, name: 'b' });
  const expiring = await setup.daemon({ token: short.token, tags, name: 'c' });
  const kept = await setup.daemon({ name: 'd' });

  await removed.client.call(routes.removeToken, { params: { token: 'daemon' } });
  expect(await byToken.next('refused')).toMatchObject({ final: true, error: { code: 'unauthenticated' } });
  expect((await byToken.closed).code).toBe(4003);
  await loggedOut.client.call(routes.logout);
  expect((await bySession.closed).code).toBe(4003);
  now += 61_000;
  expect(await expiring.next('refused')).toMatchObject({ final: true, error: { code: 'unauthenticated' } });
  await kept.heartbeat();
});

async function refusedHello(setup: TestCoordinator, options: DaemonOptions) {
  const credential = options.token === undefined && options.psk === undefined ? { psk: setup.psk } : {};
  const daemon = await TestDaemon.greet(setup.url, { ...credential, ...options });
  const answer = await daemon.next('refused', 'welcome');
  if (answer.type === 'welcome') throw new Error('it was welcomed');
  expect((await daemon.closed).code).toBe(4003);
  return { ...answer.error, final: answer.final };
}

async function listDaemons(setup: TestCoordinator) {
  const { items } = await setup.owner.call(routes.listDaemons, { params: { organization: setup.organization } });
  return items;
}

/** Asks again until the list is as it must become. The test's own limit ends it otherwise. */
async function untilDaemons(
  setup: TestCoordinator,
  is: (list: Awaited<ReturnType<typeof listDaemons>>) => boolean,
): Promise<void> {
  while (!is(await listDaemons(setup)));
}
