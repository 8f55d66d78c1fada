import { expect, test } from 'vitest';
import { KubernetesWorkspace, type KubernetesWorkspaceOptions } from '../src/index.js';
import { fullProvider, manifests, plainBerth } from './synth.js';

const small: KubernetesWorkspaceOptions = { via: 'kubectl', image: 'debian:12', disk: { size: '1Gi' } };

function made(options: Partial<KubernetesWorkspaceOptions> = {}, berth = plainBerth) {
  return manifests(stack => new KubernetesWorkspace(stack, 'workspace', { ...small, ...options }), { berth });
}

const name = 'berth-ada-dev-0123456789'.replace('0123456789', '23456789ab');

test('a workspace of a provider that says nothing', () => {
  const { workspace, workspace_disk, workspace_account, ...rest } = made();
  expect(rest).toEqual({});
  const metadata = {
    name,
    namespace: 'default',
    labels: {
      'berth.dev/workspace': plainBerth.workspace.id,
      'berth.dev/workspace-name': 'Dev',
      'berth.dev/owner': 'Ada',
      'app.kubernetes.io/managed-by': 'berth',
    },
    annotations: { 'berth.dev/owner-email': 'ada@example.com' },
  };
  expect(workspace_disk).toEqual({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata,
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  });
  expect(workspace_account).toMatchObject({ apiVersion: 'v1', kind: 'ServiceAccount', metadata });
  expect(workspace).toMatchObject({
    metadata,
    spec: {
      strategy: { type: 'Recreate' },
      selector: { matchLabels: { 'berth.dev/workspace': plainBerth.workspace.id } },
      template: { metadata: { labels: metadata.labels }, spec: { serviceAccountName: name, tolerations: [] } },
    },
  });
  expect(JSON.stringify(workspace)).not.toMatch(/affinity|null/);
});

test('every field of a workspace provider arrives, beside what the template says', () => {
  const options: Partial<KubernetesWorkspaceOptions> = {
    namespace: 'elsewhere',
    disk: { size: '1Gi', storageClass: 'slow' },
    tolerations: [{ key: 'own', operator: 'Exists' }],
    nodeSelector: { pool: 'other', arch: 'amd64' },
    affinity: { nodeAffinity: {} },
    serviceAccount: { annotations: { own: 'yes' } },
  };
  const { workspace, workspace_disk, workspace_account } = made(options, { ...plainBerth, provider: fullProvider });
  expect(workspace_disk).toMatchObject({
    metadata: { namespace: 'workspaces' },
    spec: { storageClassName: 'fast' },
  });
  expect(workspace).toMatchObject({
    metadata: { namespace: 'workspaces' },
    spec: {
      template: {
        spec: {
          serviceAccountName: 'builder',
          nodeSelector: { pool: 'workspaces', arch: 'amd64' },
          tolerations: [
            { key: 'own', operator: 'Exists' },
            { key: 'dedicated', operator: 'Equal', value: 'workspaces', effect: 'NoSchedule' },
            { key: 'spot', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 60 },
          ],
          affinity: JSON.parse(fullProvider.affinity ?? ''),
        },
      },
    },
  });
  expect(workspace_account).toMatchObject({
    metadata: { annotations: { own: 'yes', ...fullProvider.service_account_annotations } },
  });
});

test("the provider's empty affinity unsets that of the template", () => {
  const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'host' }] } };
  expect(made({ affinity }).workspace).toMatchObject({ spec: { template: { spec: { affinity } } } });
  const unset = { ...plainBerth, provider: { ...plainBerth.provider, affinity: '{}' } };
  expect(JSON.stringify(made({ affinity }, unset).workspace)).not.toContain('ffinity');
});

test('ports make a service, a script an init container, and a namespace of its own stands before all', () => {
  const { workspace, workspace_service, workspace_namespace } = made({
    ownNamespace: true,
    ports: [{ name: 'http', port: 8080 }],
    env: { A: '${HOME}' },
    initScript: 'echo "${HOME}"',
    imagePullSecrets: ['registry'],
    resources: { limits: { cpu: '2' } },
    securityContext: { runAsUser: 1000, fsGroup: 1000 },
  });
  expect(workspace_namespace).toMatchObject({ kind: 'Namespace', metadata: { name } });
  expect(workspace_service).toMatchObject({
    metadata: { namespace: name },
    spec: { selector: { 'berth.dev/workspace': plainBerth.workspace.id }, ports: [{ port: 8080, targetPort: 8080 }] },
  });
  expect(workspace).toMatchObject({
    spec: {
      template: {
        spec: {
          initContainers: [{ command: ['sh', '-c', 'echo "${HOME}"'], env: [{ name: 'A', value: '${HOME}' }] }],
          containers: [{ resources: { limits: { cpu: '2' } }, ports: [{ containerPort: 8080 }] }],
          imagePullSecrets: [{ name: 'registry' }],
          securityContext: { runAsUser: 1000, fsGroup: 1000 },
        },
      },
    },
  });
});
