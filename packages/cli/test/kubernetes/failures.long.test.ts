import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { testCluster } from '@berth/testkit';
import { describe, expect, test } from 'vitest';
import { kinds, namespace, useClusterSite } from './clusterSite.js';
import { forms, skippedKubectl } from './forms.js';

const cluster = await testCluster();
const skipped = cluster.skipped ?? skippedKubectl;
const clusterSite = useClusterSite(cluster);
const { site, idOf, single, kubeconfig } = clusterSite;
const patience = { timeout: 120_000, interval: 200 };
const quotas = `/api/v1/namespaces/${namespace}/resourcequotas`;
const deployments = `${kinds.deployments}/namespaces/${namespace}/deployments`;

describe.skipIf(skipped !== null).each(forms)(
  `the template $template${skipped ? ` (skipped: ${skipped})` : ''}`,
  form => {
    const name = `fail-${form.template}`;

    /** Runs a build that fails with a message of the API server, and one like it that repairs it. */
    async function failsAndIsRepaired(args: string[], message: RegExp, repair: () => unknown, repaired = args) {
      const failed = await site.run(...args, '--yes');
      expect(failed.stderr).toMatch(message);
      expect(failed.stderr).toContain('✗ The build failed');
      expect(failed.code).toBe(1);
      await repair();
      const good = await site.run(...repaired, '--yes');
      expect(good.stderr).toMatch(/✓ Workspace/);
      expect(good.code).toBe(0);
    }

    test('what the API server refuses fails a build, keeps the state, and is repaired by the next', {
      timeout: 600_000,
    }, async () => {
      const quota = { metadata: { name: 'small' }, spec: { hard: { 'requests.storage': '1Gi' } } };
      await cluster.ask('POST', quotas, quota);
      const enforced = { body: { status: { hard: quota.spec.hard } } };
      await expect.poll(() => cluster.ask('GET', `${quotas}/small`), patience).toMatchObject(enforced);
      await failsAndIsRepaired(
        ['create', name, '--template', form.template, '--parameter', 'disk=5'],
        /exceeded quota: small, requested: requests\.storage=5Gi, .*limited: requests\.storage=1Gi/,
        () => cluster.ask('DELETE', `${quotas}/small`),
        ['start', name],
      );
      const id = await idOf(name);
      const claim = await single('persistentvolumeclaims', id);

      await failsAndIsRepaired(
        ['start', name, '--no-plan', '--parameter', 'disk=4'],
        /Forbidden: (spec is immutable|field can not be less)|The disk has 5Gi and cannot shrink to 4Gi\./,
        () => undefined,
        ['start', name, '--parameter', 'disk=5'],
      );

      writeFileSync(kubeconfig, cluster.kubeconfigOf('nobody'));
      const restore = () => copyFileSync(cluster.kubeconfig, kubeconfig);
      await failsAndIsRepaired(['stop', name], /forbidden: User "nobody" cannot/, restore);

      const unreachable = readFileSync(cluster.kubeconfig, 'utf8').replace(/127\.0\.0\.1:\d+/, '127.0.0.1:1');
      writeFileSync(kubeconfig, unreachable);
      await failsAndIsRepaired(['start', name], /connection refused/, restore);

      const { metadata } = await single('deployments', id);
      expect((await site.run('stop', name, '--yes')).code).toBe(0);
      const theirs = { app: 'theirs' };
      const template = { metadata: { labels: theirs }, spec: { containers: [{ name: 'a', image: 'a' }] } };
      const taken = {
        metadata: { name: metadata.name },
        spec: { replicas: 0, selector: { matchLabels: theirs }, template },
      };
      expect((await cluster.ask('POST', deployments, taken)).status).toBe(201);
      await failsAndIsRepaired(['start', name], /already exists|Apply failed with \d+ conflicts/, () => {
        return cluster.ask('DELETE', `${deployments}/${metadata.name}`);
      });

      expect((await single('persistentvolumeclaims', id)).metadata.uid).toBe(claim.metadata.uid);
      expect((await site.run('delete', name, '--yes')).code).toBe(0);
      await expect.poll(() => clusterSite.objects('persistentvolumeclaims', id), patience).toEqual([]);
    });
  },
);
