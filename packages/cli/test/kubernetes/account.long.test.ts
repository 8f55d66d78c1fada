import { testCluster } from '@berth/testkit';
import { beforeAll, describe, expect, test } from 'vitest';
import { kinds, namespace, useClusterSite } from './clusterSite.js';
import { forms, skippedKubectl } from './forms.js';

const cluster = await testCluster();
const skipped = cluster.skipped ?? skippedKubectl;
const clusterSite = useClusterSite(cluster, { namespace, service_account: 'theirs' });
const { site, idOf } = clusterSite;
const accounts = `${kinds.serviceaccounts}/namespaces/${namespace}/serviceaccounts`;

describe.skipIf(skipped !== null).each(forms)(
  `the template $template${skipped ? ` (skipped: ${skipped})` : ''}`,
  form => {
    beforeAll(async () => {
      await cluster.ask('POST', accounts, { metadata: { name: 'theirs' } });
    });

    test('runs as the account that the coordinator names, and leaves it alone', { timeout: 300_000 }, async () => {
      const name = `as-${form.template}`;
      const created = await site.run('create', name, '--template', form.template, '--parameter', 'disk=1', '--yes');
      expect(created.stderr).toContain(`✓ Workspace ${name} is running`);
      const id = await idOf(name);
      expect(await clusterSite.single('pods', id)).toMatchObject({ spec: { serviceAccountName: 'theirs' } });
      expect(await clusterSite.objects('serviceaccounts', id)).toEqual([]);
      expect((await site.run('delete', name, '--yes')).code).toBe(0);
      expect((await cluster.ask('GET', `${accounts}/theirs`)).status).toBe(200);
    });
  },
);
