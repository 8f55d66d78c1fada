import type { Page, Paged } from '@berth/protocol';
import { describe, expect, test } from 'vitest';
import { expectError, makeWorld, type OpenStore, success } from './world.js';

interface Item {
  id: string;
}

/** Reads a list in pages of every size; each item must come once and in the order of the whole. */
async function checkPages(list: (page: Page) => Promise<Paged<Item>>, expected: number): Promise<string[]> {
  const whole = await list({ limit: 100 });
  expect(whole.nextCursor).toBeNull();
  expect(whole.items.length).toBe(expected);
  const ids = whole.items.map(item => item.id);
  for (let limit = 1; limit <= expected + 1; limit++) {
    const read: string[] = [];
    let page: Page = { limit };
    for (;;) {
      const { items, nextCursor } = await list(page);
      expect(items.length).toBeLessThanOrEqual(limit);
      read.push(...items.map(item => item.id));
      if (nextCursor === null) break;
      expect(items.length).toBe(limit);
      page = { limit, cursor: nextCursor };
    }
    expect(read).toEqual(ids);
  }
  await expectError(list({ limit: 5, cursor: 'nonsense' }), 'invalid_request');
  await expectError(list({ limit: 5, cursor: Buffer.from('[1]').toString('base64url') }), 'invalid_request');
  return ids;
}

export function pagingConformance(open: OpenStore): void {
  describe('lists in pages', () => {
    test('users, organizations, tokens, audit', async () => {
      const { store, user, owner } = await makeWorld(open);
      for (let i = 0; i < 5; i++) {
        await user();
        await store.organizations.create({ name: `organization-${i}` });
        const token = { kind: 'session' as const, name: 'login', lifetimeMs: null };
        await store.tokens.issue({ ...token, userId: owner.id, hash: `h${i}` });
        const target = { kind: 'user', id: owner.id, name: 'owner' };
        await store.audit.record({ actorId: null, action: `a${i}`, target, organizationId: null, details: {} });
      }
      await checkPages(page => store.users.list(page), 6);
      await checkPages(page => store.organizations.list(page), 6);
      await checkPages(page => store.tokens.list(owner.id, page), 5);
      await checkPages(page => store.audit.list(page), 5);
    });

    test('templates, versions, jobs, daemons', async () => {
      const { store, push, daemon, organization } = await makeWorld(open);
      const organizationId = organization.id;
      for (let i = 0; i < 5; i++) {
        await push();
        await push({ template: 'same' });
        await daemon();
      }
      const same = await store.templates.byName(organizationId, 'same');
      await checkPages(page => store.templates.list({ organizationId }, page), 6);
      await checkPages(page => store.templates.versions(same?.id ?? '', {}, page), 5);
      await checkPages(page => store.jobs.list({ organizationId }, page), 10);
      await checkPages(page => store.jobs.list({ organizationId, status: 'pending' }, page), 10);
      await checkPages(page => store.daemons.list({ organizationId }, page), 5);
    });

    test('workspaces and builds; what comes meanwhile moves nothing', async () => {
      const { store, imported, workspace, owner, daemon, running, start, advance } = await makeWorld(open);
      const version = await imported();
      const { id } = await workspace(version);
      const runner = await daemon();
      await store.jobs.settle(await running(runner), success);
      for (let i = 0; i < 4; i++) {
        await store.workspaces.createBuild(id, start(version));
        await store.jobs.settle(await running(runner), success);
        await workspace(version);
        await store.jobs.settle(await running(runner), success);
      }
      const list = (page: Page) =>
        store.workspaces.list({ visible: { organizations: 'all', ownerId: owner.id } }, page);
      const ids = await checkPages(list, 5);
      await checkPages(page => store.workspaces.builds(id, page), 5);

      const first = await list({ limit: 2 });
      advance(1);
      await workspace(version);
      const rest = await list({ limit: 10, cursor: first.nextCursor ?? '' });
      expect([...first.items, ...rest.items].map(item => item.id)).toEqual(ids);
    });
  });
}
