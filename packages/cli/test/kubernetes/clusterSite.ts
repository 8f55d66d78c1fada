import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestCluster } from '@berth/testkit';
import { beforeAll, expect } from 'vitest';
import { z } from 'zod';
import { fileFolder } from '../berth.js';
import { useSite } from '../site.js';
import { forms } from './forms.js';

const root = join(import.meta.dirname, '../../../..');

/** Namespace that the coordinator places workspaces in. */
export const namespace = 'workspaces';

const affinity = {
  podAffinity: {
    preferredDuringSchedulingIgnoredDuringExecution: [
      {
        weight: 100,
        podAffinityTerm: {
          topologyKey: 'kubernetes.io/hostname',
          labelSelector: { matchExpressions: [{ key: 'berth.dev/workspace', operator: 'Exists' }] },
        },
      },
    ],
  },
};

/** How the coordinator has workspaces placed: every field but the account, which goes without the annotations. */
export const placement = {
  namespace,
  storage_class: 'fast',
  service_account_annotations: { 'example.com/role': 'roles/{{ .UserEmail }}' },
  pod_tolerations: [{ key: 'dedicated', operator: 'Equal', value: 'workspaces', effect: 'NoSchedule' }],
  pod_node_selector: { 'kubernetes.io/hostname': 'node-1' },
  affinity,
};

const object = z.looseObject({
  kind: z.string().optional(),
  metadata: z.looseObject({ name: z.string(), uid: z.string(), generation: z.number().optional() }),
});
export type KubernetesObject = z.infer<typeof object>;
const list = z.looseObject({ items: z.array(object) });

/** What a workspace is made of, by the API's path. */
export const kinds = {
  deployments: '/apis/apps/v1',
  replicasets: '/apis/apps/v1',
  pods: '/api/v1',
  persistentvolumeclaims: '/api/v1',
  services: '/api/v1',
  serviceaccounts: '/api/v1',
} as const;
export type Kind = keyof typeof kinds;

interface ClusterSite {
  site: ReturnType<typeof useSite>;
  /** For what the programs write beside their data. */
  folder: string;
  /** The daemon's. */
  kubeconfig: string;
  /** The objects of a kind that have a workspace's label. */
  objects(kind: Kind, workspace: string): Promise<KubernetesObject[]>;
  /** The object that a workspace has of a kind. */
  single(kind: Kind, workspace: string): Promise<KubernetesObject>;
  /** Id of a workspace. */
  idOf(name: string): Promise<string>;
}

/**
 * A site whose daemon, and nobody else, has the cluster's kubeconfig; the templates are pushed.
 *
 * @param placed how the coordinator has workspaces placed, in {@link namespace}
 */
export function useClusterSite(cluster: TestCluster, placed: object = placement): ClusterSite {
  const folder = fileFolder();
  const kubeconfig = join(folder, 'kubeconfig');
  const placementFile = join(folder, 'placement.json');
  writeFileSync(placementFile, JSON.stringify(placed));
  const snapshots = { NODE_OPTIONS: `--heapsnapshot-signal=SIGUSR2 --diagnostic-dir=${folder}` };
  const site = useSite({
    serverArgs: ['--placement-file', placementFile],
    serverEnv: snapshots,
    // Plugins keep what they have learned of the API in the home folder.
    daemonEnv: { KUBE_CONFIG_PATH: kubeconfig, HOME: folder },
  });
  beforeAll(async () => {
    if (cluster.skipped !== null) return;
    copyFileSync(cluster.kubeconfig, kubeconfig);
    const made = await cluster.ask('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
    if (made.status !== 201) throw new Error(JSON.stringify(made.body));
    const mirrors = [...new Set(forms.map(({ mirror }) => mirror))].flatMap(mirror => ['--plugin-mirror', mirror]);
    await site.startDaemon('cluster', '--tag', 'cluster=test', ...mirrors);
    for (const { template } of forms) {
      const directory = join(root, 'templates', template);
      const pushed = await site.run('templates', 'push', '-d', directory, '--provisioner-tag', 'cluster=test', '--yes');
      if (pushed.code !== 0) throw new Error(pushed.stderr);
    }
  }, 300_000);
  const objects = async (kind: Kind, workspace: string): Promise<KubernetesObject[]> => {
    const selector = encodeURIComponent(`berth.dev/workspace=${workspace}`);
    const { body } = await cluster.ask(
      'GET',
      `${kinds[kind]}/namespaces/${namespace}/${kind}?labelSelector=${selector}`,
    );
    return list.parse(body).items;
  };
  return {
    site,
    folder,
    kubeconfig,
    objects,
    async idOf(name) {
      const { stdout } = await site.run('show', name, '--json');
      return z.object({ workspace: z.object({ id: z.string() }) }).parse(JSON.parse(stdout)).workspace.id;
    },
    async single(kind, workspace) {
      const found = await objects(kind, workspace);
      expect(found).toHaveLength(1);
      return object.parse(found[0]);
    },
  };
}
