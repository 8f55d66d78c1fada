import { tagSet } from '@berth/protocol';
import { type JobRecord, openStore, type Store } from '@berth/store';
import { tempDir } from '@berth/testkit';
import { onTestFinished } from 'vitest';
import { sha256 } from './work.js';

/** A real store with a user, a daemon of one slot without tags, and imports to give it, for what is tested by itself. */
export async function storeWithDaemon() {
  const store: Store = await openStore({ dataDir: tempDir() });
  onTestFinished(() => store.close());
  const user = await store.users.createFirst({ username: 'a', email: 'a@example.com', passwordHash: '-' });
  const organization = await store.organizations.getDefault();
  const record = await store.daemons.connected({
    ...{ organizationId: organization.id, provider: 'built-in', builtIn: false, tags: tagSet({}, ''), draining: false },
    ...{ name: 'daemon', slots: 1, version: '0.1.0', protocol: 1, engine: { name: 'terraform', version: '1.11.4' } },
    ...{ platform: 'x', hostname: 'x', sandbox: 'none', instance: '11111111-2222-4333-8444-555555555555' },
  });
  const archive = sha256('a');
  await store.blobs.write({ kind: 'archive', digest: archive }, { sizeBytes: 1, offset: 0, content: oneByte() });
  return {
    ...{ store, organization, record },
    async pushJob(): Promise<JobRecord> {
      const { version } = await store.templates.push({
        ...{ organizationId: organization.id, template: 't', name: null, message: '', createdBy: user.id, archive },
        ...{ tags: tagSet({}, ''), pinned: {}, samples: {}, activate: true, engine: null },
      });
      return version.job;
    },
  };
}

async function* oneByte() {
  yield new TextEncoder().encode('a');
}
