import { describe, expect, test } from 'vitest';
import { expectError, makeWorld, type OpenStore } from './world.js';

export function accountsConformance(open: OpenStore): void {
  describe('users', () => {
    test('the first user owns the site and the default organization, and there is one first user', async () => {
      const { store } = await open();
      expect(await store.users.anyExists()).toBe(false);
      const first = { username: 'Ada', email: 'Ada@example.com', passwordHash: 'hash' };
      const ada = await store.users.createFirst(first);
      const organization = await store.organizations.getDefault();
      expect(ada).toMatchObject({ username: 'Ada', email: 'Ada@example.com', siteRole: 'owner', lastSeenAt: null });
      expect(ada.memberships).toEqual([{ organization: { id: organization.id, name: 'default' }, role: 'admin' }]);
      expect(await store.users.anyExists()).toBe(true);
      await expectError(store.users.createFirst({ ...first, username: 'x', email: 'x@x.x' }), 'first_user_exists');
    });

    test('of many first users at once one wins', async () => {
      const { store } = await open();
      const results = await Promise.allSettled(
        Array.from({ length: 8 }, (_, i) =>
          store.users.createFirst({ username: `u${i}`, email: `u${i}@example.com`, passwordHash: 'hash' }),
        ),
      );
      expect(results.filter(result => result.status === 'fulfilled').length).toBe(1);
      expect((await store.users.list({ limit: 100 })).items.length).toBe(1);
    });

    test('names and addresses are taken in any case, and the error names the field', async () => {
      const { store, user } = await makeWorld(open);
      await user('Grace');
      const base = { passwordHash: 'hash', role: 'member' as const };
      const byName = await expectError(
        store.users.create({ ...base, username: 'gRACE', email: 'new@example.com' }),
        'name_taken',
      );
      expect(byName.fields).toEqual({ username: 'taken' });
      const byEmail = await expectError(
        store.users.create({ ...base, username: 'new', email: 'GRACE@example.com' }),
        'name_taken',
      );
      expect(byEmail.fields).toEqual({ email: 'taken' });
      expect((await store.users.list({ limit: 100 })).items.length).toBe(2);
    });

    test('roles become a site role and a membership', async () => {
      const { user } = await makeWorld(open);
      expect(await user('a', 'owner')).toMatchObject({ siteRole: 'owner', memberships: [{ role: 'admin' }] });
      expect(await user('b', 'template-admin')).toMatchObject({
        siteRole: 'member',
        memberships: [{ role: 'template-admin' }],
      });
      expect(await user('c', 'member')).toMatchObject({ siteRole: 'member', memberships: [{ role: 'member' }] });
    });

    test('are found by id and by login in any case', async () => {
      const { store, user } = await makeWorld(open);
      const grace = await user('Grace');
      expect(await store.users.byId(grace.id)).toEqual(grace);
      expect(await store.users.byLogin('GRACE')).toEqual({ user: grace, passwordHash: 'hash' });
      expect(await store.users.byLogin('grace@EXAMPLE.com')).toEqual({ user: grace, passwordHash: 'hash' });
      expect(await store.users.byLogin('nobody')).toBeNull();
      expect(await store.users.byId('nobody')).toBeNull();
    });
  });

  describe('organizations', () => {
    test('one is there from the beginning; more can be made', async () => {
      const { store } = await open();
      const first = await store.organizations.getDefault();
      expect(first).toMatchObject({ name: 'default', default: true });
      const second = await store.organizations.create({ name: 'Second' });
      expect(second).toMatchObject({ name: 'Second', default: false });
      await expectError(store.organizations.create({ name: 'SECOND' }), 'name_taken');
      expect(await store.organizations.byIdOrName(second.id)).toEqual(second);
      expect(await store.organizations.byIdOrName('second')).toEqual(second);
      expect(await store.organizations.byIdOrName('third')).toBeNull();
      expect((await store.organizations.list({ limit: 10 })).items).toEqual([first, second]);
      expect((await store.organizations.list({ limit: 10 }, [second.id])).items).toEqual([second]);
      expect((await store.organizations.list({ limit: 10 }, [])).items).toEqual([]);
    });
  });

  describe('tokens', () => {
    const session = { kind: 'session' as const, name: 'login', lifetimeMs: 1_000 };

    test('authenticate their user until they expire', async () => {
      const { store, owner, advance, now } = await makeWorld(open);
      const issued = await store.tokens.issue({ ...session, userId: owner.id, hash: 'h1' });
      expect(issued).toMatchObject({ kind: 'session', expiresAt: now() + 1_000, lastUsedAt: null });
      const found = await store.tokens.authenticate('h1');
      expect(found).toMatchObject({ token: { id: issued.id, lastUsedAt: now() }, user: { id: owner.id } });
      expect(await store.tokens.authenticate('h2')).toBeNull();
      advance(999);
      expect(await store.tokens.authenticate('h1')).not.toBeNull();
      advance(1);
      expect(await store.tokens.authenticate('h1')).toBeNull();
      expect((await store.tokens.list(owner.id, { limit: 10 })).items).toEqual([]);
    });

    test('their use is noted at most once a minute', async () => {
      const { store, owner, advance, now } = await makeWorld(open);
      await store.tokens.issue({ ...session, userId: owner.id, hash: 'h', lifetimeMs: null });
      const used = async () => (await store.tokens.list(owner.id, { limit: 1 })).items[0]?.lastUsedAt;
      const first = now();
      await store.tokens.authenticate('h');
      advance(59_999);
      await store.tokens.authenticate('h');
      expect(await used()).toBe(first);
      advance(1);
      await store.tokens.authenticate('h');
      expect(await used()).toBe(first + 60_000);
      expect((await store.users.byId(owner.id))?.lastSeenAt).toBe(first + 60_000);
    });

    test('an API token has a name of its own; sessions may share one', async () => {
      const { store, owner, user } = await makeWorld(open);
      const api = { kind: 'api' as const, name: 'ci', lifetimeMs: null };
      await store.tokens.issue({ ...api, userId: owner.id, hash: 'a' });
      await expectError(store.tokens.issue({ ...api, userId: owner.id, hash: 'b' }), 'name_taken');
      await store.tokens.issue({ ...api, userId: (await user()).id, hash: 'c' });
      await store.tokens.issue({ ...session, userId: owner.id, hash: 'd' });
      await store.tokens.issue({ ...session, userId: owner.id, hash: 'e' });
    });

    test('are revoked by name or id, by their user alone', async () => {
      const { store, owner, user } = await makeWorld(open);
      const other = await user();
      const byName = await store.tokens.issue({ ...session, kind: 'api', name: 'ci', userId: owner.id, hash: 'a' });
      const byId = await store.tokens.issue({ ...session, userId: owner.id, hash: 'b' });
      expect(await store.tokens.revoke(other.id, 'ci')).toBeNull();
      expect(await store.tokens.revoke(other.id, byId.id)).toBeNull();
      expect(await store.tokens.revoke(owner.id, 'ci')).toMatchObject({ id: byName.id });
      expect(await store.tokens.revoke(owner.id, byId.id)).toMatchObject({ id: byId.id });
      expect(await store.tokens.revoke(owner.id, 'ci')).toBeNull();
      expect(await store.tokens.authenticate('a')).toBeNull();
      expect(await store.tokens.authenticate('b')).toBeNull();
    });
  });

  test('the audit log keeps entries with their time, newest first', async () => {
    const { store, owner, advance, now } = await makeWorld(open);
    const entry = (action: string) => ({
      actorId: owner.id,
      action,
      target: { kind: 'template', id: 't', name: 'docker' },
      organizationId: null,
      details: { version: 'v1', first: true, size: 3, note: null },
    });
    const first = now();
    await store.audit.record(entry('template.push'));
    advance(5);
    await store.audit.record({ ...entry('state.read'), actorId: null });
    const { items } = await store.audit.list({ limit: 10 });
    expect(items).toMatchObject([
      { ...entry('state.read'), actorId: null, at: first + 5 },
      { ...entry('template.push'), at: first },
    ]);
  });
}
