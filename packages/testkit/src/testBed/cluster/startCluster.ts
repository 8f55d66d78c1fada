import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { freePort } from '../../postgres.js';
import type { PartName } from '../parts.js';
import { recipeOf } from '../recipe.js';
import { formatKubeconfig, type User, writeCredentials } from './credentials.js';
import { type Access, askKubernetes } from './kubernetesApi.js';
import { node, storageClasses } from './objects.js';
import {
  apiServerArguments,
  controllerManagerArguments,
  etcdArguments,
  kwokArguments,
  schedulerArguments,
} from './programArguments.js';
import { makeRunFolder, type RunFolder } from './runFolder.js';
import { type Program, startProgram } from './startProgram.js';
import { waitFor } from './waitFor.js';

/** What a cluster is made of, in the test bed. */
export const clusterParts = ['etcd', 'kubernetes', 'kwok'] as const satisfies PartName[];

export interface StartOptions {
  /** Has the kernel end the programs when this process ends, however it does; else they run on. */
  withUs: boolean;
  /** Is told in a few words what is being done. */
  report?: (doing: string) => void;
  signal?: AbortSignal;
}

/**
 * Starts a Kubernetes control plane on loopback with one node that kwok plays and a default storage class, and waits
 * until pods can be made.
 *
 * @param folder must be empty, or not there
 * @throws Error with the last lines of its log when a program does not come up; what was started is left to the caller
 */
export async function startCluster(folder: RunFolder, options: StartOptions): Promise<Record<User, Access>> {
  const report = options.report ?? (() => undefined);
  const started: Program[] = [];
  const start = (part: PartName, name: string, args: string[]) => {
    started.push(startProgram(join(recipeOf(part).folder, 'bin', name), args, folder, options.withUs));
  };
  const wait = (ready: () => Promise<boolean>) => waitFor(folder, started, ready, options.signal);
  makeRunFolder(folder);

  report('starting etcd');
  const etcdUrl = `http://127.0.0.1:${await freePort()}`;
  start('etcd', 'etcd', etcdArguments(folder, etcdUrl, await freePort()));
  await wait(async () => (await fetch(`${etcdUrl}/health`, { headers: { connection: 'close' } })).ok);

  report('starting the API server');
  const port = await freePort();
  const access = writeCredentials(folder, port);
  start('kubernetes', 'kube-apiserver', apiServerArguments(folder, etcdUrl, port));
  await wait(async () => (await askKubernetes(access.admin, 'GET', '/readyz')).status === 200);

  report('starting controllers, scheduler and node');
  writeFileSync(folder.kubeconfig, formatKubeconfig(access.admin), { mode: 0o600 });
  start('kubernetes', 'kube-controller-manager', controllerManagerArguments(folder));
  start('kubernetes', 'kube-scheduler', schedulerArguments(folder));
  start('kwok', 'kwok', kwokArguments(folder));
  await make(access.admin, '/api/v1/nodes', node);
  for (const storageClass of storageClasses)
    await make(access.admin, '/apis/storage.k8s.io/v1/storageclasses', storageClass);
  await wait(() => takesPods(access.admin));
  return access;
}

async function make(access: Access, path: string, object: object): Promise<void> {
  const { status, body } = await askKubernetes(access, 'POST', path, object);
  if (status !== 201) throw new Error(`the API server refused ${path}: ${JSON.stringify(body)}`);
}

/** Pods are refused in a namespace that has no account yet, and placed on no node that is tainted. */
async function takesPods(access: Access): Promise<boolean> {
  const account = await askKubernetes(access, 'GET', '/api/v1/namespaces/default/serviceaccounts/default');
  if (account.status !== 200) return false;
  const { body } = await askKubernetes(access, 'GET', `/api/v1/nodes/${node.metadata.name}`);
  return readyNode.safeParse(body).success;
}

const readyNode = z.object({
  spec: z.object({ taints: z.array(z.unknown()).length(0).optional() }),
  status: z.object({
    conditions: z
      .array(z.object({ type: z.string(), status: z.string() }))
      .refine(conditions => conditions.some(({ type, status }) => type === 'Ready' && status === 'True')),
  }),
});
