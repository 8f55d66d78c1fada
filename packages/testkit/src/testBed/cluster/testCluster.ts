import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { unavailable } from '../testParts.js';
import { startWhole } from './cluster.js';
import { formatKubeconfig, type User } from './credentials.js';
import { type Access, type Answer, askKubernetes } from './kubernetesApi.js';
import { endRun, runFolder } from './runFolder.js';
import { clusterParts } from './startCluster.js';

export interface TestCluster {
  /** Why there is none, for the name of a skipped test; null when there is one. */
  skipped: string | null;
  /** Path of an administrator's kubeconfig, which needs no other file; there from the first test on. */
  kubeconfig: string;
  /** Text of a kubeconfig: `nobody` may do what RBAC allows the user of this name, at first nothing. */
  kubeconfigOf(user: User): string;
  /**
   * Asks the API server; with PATCH the body is a merge patch.
   *
   * @param path such as `/api/v1/namespaces/default/pods`
   * @param user who asks; `admin` unless named
   */
  ask(method: string, path: string, body?: unknown, user?: User): Promise<Answer>;
}

/**
 * A Kubernetes control plane for the test file that calls this (at its top, not in a test): started before its first
 * test, ended after its last. One node, on which pods become ready at once; storage classes `standard` (the default),
 * `fast` and, for claims that wait for their pod, `on-first-use`. It takes about 5 s and 600 MB.
 */
export async function testCluster(): Promise<TestCluster> {
  const skipped = await unavailable(clusterParts);
  // Its first test makes the folder, so that a file whose tests are all skipped leaves none.
  const folder = runFolder(join(tmpdir(), `cluster-${randomUUID()}`));
  let access: Record<User, Access> | null = null;
  const accessOf = (user: User) => {
    if (access === null) throw new Error(skipped ?? 'the cluster starts with the first test');
    return access[user];
  };
  if (skipped === null) {
    beforeAll(async () => {
      access = await startWhole(folder, { withUs: true });
    }, 240_000);
    afterAll(() => endRun(folder), 60_000);
  }
  return {
    skipped,
    kubeconfig: folder.kubeconfig,
    kubeconfigOf: user => formatKubeconfig(accessOf(user)),
    ask: async (method, path, body, user = 'admin') => askKubernetes(accessOf(user), method, path, body),
  };
}
