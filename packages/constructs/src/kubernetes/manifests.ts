import type { Expression, Value } from '../expression.js';
import { hcl } from '../hcl.js';
import { type Container, diskVolume, initContainer, mainContainer } from './container.js';
import type { WorkspaceModel } from './model.js';
import { mountToken } from './options.js';

/** An object of the Kubernetes API; its values are literals and expressions. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: Readonly<Record<string, unknown>>;
  [part: string]: unknown;
}

export function namespaceManifest({ placement, labels, annotations }: WorkspaceModel): Manifest {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name: placement.namespace, labels, annotations } };
}

export function claimManifest(model: WorkspaceModel): Manifest {
  const { size, accessMode = 'ReadWriteOnce' } = model.options.disk;
  const spec = { accessModes: [accessMode], resources: { requests: { storage: size } } };
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: metadata(model),
    spec: merged(spec, { storageClassName: model.placement.storageClass }),
  };
}

export function accountManifest(model: WorkspaceModel): Manifest {
  const annotations = hcl`merge(${model.annotations}, ${model.accountAnnotations})`;
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { ...metadata(model), annotations },
    automountServiceAccountToken: mountToken(model.options),
  };
}

export function serviceManifest(model: WorkspaceModel): Manifest {
  const ports = mainContainer(model.options).ports.map(({ name, containerPort, protocol }) => {
    return { name, port: containerPort, targetPort: containerPort, protocol };
  });
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata(model),
    spec: { type: 'ClusterIP', selector: model.selector, ports },
  };
}

export function deploymentManifest(model: WorkspaceModel): Manifest {
  const { options, labels, annotations, selector } = model;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadata(model),
    spec: {
      replicas: 1,
      // Two pods could not both have the disk.
      strategy: { type: 'Recreate' },
      selector: { matchLabels: selector },
      template: {
        metadata: {
          labels: { ...options.labels, ...labels },
          annotations: { ...options.annotations, ...annotations },
        },
        spec: podSpec(model),
      },
    },
  };
}

function metadata({ placement: { name, namespace }, labels, annotations }: WorkspaceModel) {
  return { name, namespace, labels, annotations };
}

function podSpec(model: WorkspaceModel): Expression<unknown> {
  const { options, placement } = model;
  const init = initContainer(options);
  const spec = {
    serviceAccountName: model.accountName,
    automountServiceAccountToken: mountToken(options),
    enableServiceLinks: false,
    // The other form says these two as well, so that both are the same at the API server.
    shareProcessNamespace: false,
    ...(options.imagePullSecrets === undefined
      ? {}
      : { imagePullSecrets: options.imagePullSecrets.map(name => ({ name })) }),
    ...(options.securityContext === undefined ? {} : { securityContext: options.securityContext }),
    nodeSelector: model.nodeSelector,
    tolerations: model.tolerations,
    ...(init === null ? {} : { initContainers: [containerSpec(init)] }),
    containers: [containerSpec(mainContainer(options))],
    volumes: [{ name: diskVolume, persistentVolumeClaim: { claimName: placement.name } }],
  };
  const affinity = hcl`length(${model.affinity}) == 0 ? null : ${model.affinity}`;
  return merged(spec, { affinity });
}

function containerSpec({ name, image, imagePullPolicy, command, env, ports, resources, mountPath }: Container) {
  return {
    name,
    image,
    imagePullPolicy,
    command,
    env,
    ports,
    resources: resources ?? {},
    volumeMounts: [{ name: diskVolume, mountPath, mountPropagation: 'None' }],
  };
}

/** An object with those of further attributes that are not null when Terraform runs. */
function merged(attributes: object, further: Readonly<Record<string, Value<unknown>>>): Expression<unknown> {
  return hcl`merge(${attributes}, { for k, v in ${further} : k => v if v != null })`;
}
