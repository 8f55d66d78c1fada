import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { testCluster } from '@berth/testkit';
import { describe, expect, test } from 'vitest';
import { psk } from '../site.js';
import { type Kind, type KubernetesObject, kinds, placement, useClusterSite } from './clusterSite.js';
import { forms, skippedForms, skippedKubectl } from './forms.js';

const cluster = await testCluster();
const skipped = cluster.skipped ?? skippedKubectl;
const clusterSite = useClusterSite(cluster);
const { site, idOf, folder } = clusterSite;
const patience = { timeout: 120_000, interval: 200 };

describe.skipIf(skipped !== null).each(forms)(
  `the template $template${skipped ? ` (skipped: ${skipped})` : ''}`,
  form => {
    const name = `life-${form.template}`;

    test('start, stop, start, a changed parameter and delete', { timeout: 400_000 }, async () => {
      const created = await site.run('create', name, '--template', form.template, '--parameter', 'disk=1', '--yes');
      expect(created.stderr).toContain(`✓ Workspace ${name} is running`);
      const id = await idOf(name);
      const one = (kind: Kind) => clusterSite.single(kind, id);
      expect(await one('pods')).toMatchObject({
        spec: {
          nodeSelector: placement.pod_node_selector,
          tolerations: expect.arrayContaining(placement.pod_tolerations),
          affinity: placement.affinity,
        },
        status: { phase: 'Running' },
      });
      const claim = await one('persistentvolumeclaims');
      expect(claim).toMatchObject({ spec: { storageClassName: 'fast' }, status: { phase: 'Bound' } });
      const account = await one('serviceaccounts');
      expect(account.metadata).toMatchObject({ annotations: { 'example.com/role': 'roles/admin@example.com' } });
      expect(await one('pods')).toMatchObject({ spec: { serviceAccountName: account.metadata.name } });
      const deployment = await one('deployments');
      const planned = await site.run('start', name, '--parameter', 'image=debian:13', '--plan');
      expect(planned.stdout).toContain(form.imageChange);

      // The API server takes it; that a volume then has more is its storage's affair.
      const grown = await site.run('start', name, '--parameter', 'disk=2', '--yes');
      expect(grown.stderr).toContain(`${form.claim}: updated`);
      expect(await one('persistentvolumeclaims')).toMatchObject({
        metadata: { uid: claim.metadata.uid },
        spec: { resources: { requests: { storage: '2Gi' } } },
      });

      const changed = await site.run(
        'start',
        name,
        '--parameter',
        'memory=8',
        '--parameter',
        'image=debian:13',
        '--yes',
      );
      expect(changed.stderr).toContain(`${form.deployment}: updated`);
      expect((await one('deployments')).metadata).toMatchObject({ uid: deployment.metadata.uid, generation: 2 });
      await expect
        .poll(() => clusterSite.objects('pods', id), patience)
        .toMatchObject([{ spec: { containers: [{ image: 'debian:13', resources: { limits: { memory: '8Gi' } } }] } }]);

      const stopped = await site.run('stop', name, '--yes');
      expect(stopped.code).toBe(0);
      await expect.poll(() => clusterSite.objects('pods', id), patience).toEqual([]);
      expect(await clusterSite.objects('deployments', id)).toEqual([]);
      expect((await one('persistentvolumeclaims')).metadata.uid).toBe(claim.metadata.uid);

      expect((await site.run('start', name, '--yes')).code).toBe(0);
      expect(await one('persistentvolumeclaims')).toMatchObject({
        metadata: { uid: claim.metadata.uid },
        status: { phase: 'Bound' },
      });
      expect(await one('pods')).toMatchObject({ status: { phase: 'Running' } });

      expect((await site.run('delete', name, '--yes')).stderr).toContain(`✓ Workspace ${name} is deleted`);
      for (const kind of Object.keys(kinds).filter((key): key is Kind => key in kinds)) {
        await expect.poll(() => clusterSite.objects(kind, id), patience).toEqual([]);
      }
    });
  },
);

describe.skipIf(skipped !== null)('the coordinator', () => {
  test('never has what the daemon reaches the cluster with', { timeout: 200_000 }, async () => {
    const template = forms[0]?.template ?? '';
    await site.run('create', 'canary', '--template', template, '--parameter', 'disk=1', '--yes');
    const token = /token: "?([^\s"]+)/.exec(readFileSync(clusterSite.kubeconfig, 'utf8'))?.[1] ?? '';
    expect(token.length).toBeGreaterThan(10);
    const secrets = [token, Buffer.from(token).toString('base64').slice(0, -4)];
    process.kill(site.server.pid, 'SIGUSR2');
    const snapshot = await wholeSnapshot();
    const places = {
      snapshot,
      environment: readFileSync(`/proc/${site.server.pid}/environ`),
      ...filesOf(join(site.folder, 'coordinator')),
    };
    // What is there is found, or the search would prove nothing.
    expect(snapshot.includes(psk)).toBe(true);
    for (const [place, content] of Object.entries(places)) {
      for (const secret of secrets) expect(content.includes(secret), place).toBe(false);
    }
    expect((await site.run('delete', 'canary', '--yes')).code).toBe(0);
  });
});

const both = forms.filter(({ template }) => template !== 'kubernetes-hcl');

describe.skipIf(skipped !== null || skippedForms !== null)(
  `both forms${skippedForms ? ` (skipped: ${skippedForms})` : ''}`,
  () => {
    test('are the same at the API server', { timeout: 400_000 }, async () => {
      const held: Record<string, unknown>[] = [];
      for (const { template } of both) {
        const name = `same-${template}`;
        expect((await site.run('create', name, '--template', template, '--parameter', 'disk=1', '--yes')).code).toBe(0);
        const id = await idOf(name);
        const made: Record<string, unknown> = {};
        for (const kind of ['deployments', 'persistentvolumeclaims', 'services', 'serviceaccounts'] as const) {
          made[kind] = withoutOwn(await clusterSite.single(kind, id), name, id);
        }
        held.push(made);
        expect((await site.run('delete', name, '--yes')).code).toBe(0);
      }
      expect(held[0]).toEqual(held[1]);
    });
  },
);

/** An object without what the API server and its controllers add, and with the same names for every workspace. */
function withoutOwn(object: KubernetesObject, workspace: string, id: string): unknown {
  const { status: _, ...rest } = object;
  const dropped = ['uid', 'resourceVersion', 'creationTimestamp', 'generation', 'managedFields', 'finalizers'];
  const controllers = /^(deployment\.kubernetes\.io|pv\.kubernetes\.io|volume\.(beta\.)?kubernetes\.io)\//;
  const text = JSON.stringify(rest, (key, value) => {
    if (dropped.includes(key) || controllers.test(key)) return undefined;
    return ['volumeName', 'clusterIP', 'clusterIPs'].includes(key) ? undefined : value;
  });
  return JSON.parse(
    text.replaceAll(object.metadata.name, 'NAME').replaceAll(id, 'ID').replaceAll(workspace, 'WORKSPACE'),
  );
}

async function wholeSnapshot(): Promise<Buffer> {
  const find = () => readdirSync(folder).find(name => name.endsWith('.heapsnapshot'));
  await expect.poll(find, patience).toBeDefined();
  const file = join(folder, find() ?? '');
  // It is written in pieces; its last one closes the object.
  await expect.poll(() => readFileSync(file).subarray(-2).toString().trim(), patience).toMatch(/\}$/);
  return readFileSync(file);
}

function filesOf(path: string): Record<string, Buffer> {
  if (!existsSync(path)) return {};
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' });
  const files = names.filter(name => statSync(join(path, name), { throwIfNoEntry: false })?.isFile());
  return Object.fromEntries(files.map(name => [name, readFileSync(join(path, name))]));
}
