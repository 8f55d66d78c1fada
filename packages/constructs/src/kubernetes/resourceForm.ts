import { berth } from '../berthVariable.js';
import type { TerraformResource } from '../cdktf.js';
import { hcl, interpolation, templateText } from '../hcl.js';
import type { WorkspaceStack } from '../workspaceStack.js';
import { mapOf, numberOf } from './configValues.js';
import { mainContainer } from './container.js';
import { guardDisk } from './diskGuard.js';
import type { WorkspaceModel } from './model.js';
import { mountToken } from './options.js';
import { pluginClasses } from './pluginClasses.js';
import { addPodBlocks } from './podBlocks.js';
import { podSpec } from './podSpec.js';

/** Makes a workspace of resources of @cdktf/provider-kubernetes. */
export function makeResourceForm(stack: WorkspaceStack, id: string, model: WorkspaceModel): void {
  const { KubernetesProvider } = pluginClasses();
  new KubernetesProvider(stack, 'kubernetes-plugin', clusterConfig(model));
  // The classes were made for 2.x; what is used of them here is the same in 3.x.
  stack.addOverride('terraform.required_providers.kubernetes', {
    source: 'hashicorp/kubernetes',
    version: '>= 2.36.0, < 4.0.0',
  });
  const dependsOn = model.options.ownNamespace === true ? [namespace(stack, `${id}_namespace`, model)] : [];
  const disk = claim(stack, `${id}_disk`, model, dependsOn);
  guardDisk(stack, disk, id, model);
  const ownAccount = account(stack, `${id}_account`, model, dependsOn);
  if ((model.options.ports ?? []).length > 0) service(stack, `${id}_service`, model, dependsOn);
  deployment(stack, id, model, [disk, ownAccount]);
}

function clusterConfig({ options: { cluster } }: WorkspaceModel) {
  return {
    ...(cluster?.configPath === undefined ? {} : { configPath: templateText(cluster.configPath) }),
    ...(cluster?.configContext === undefined ? {} : { configContext: templateText(cluster.configContext) }),
  };
}

function metadata({ placement, labels, annotations }: WorkspaceModel) {
  return {
    name: placement.name.toString(),
    namespace: placement.namespace.toString(),
    labels: mapOf(labels),
    annotations: mapOf(annotations),
  };
}

function namespace(stack: WorkspaceStack, name: string, { placement, labels, annotations }: WorkspaceModel) {
  const { NamespaceV1 } = pluginClasses();
  const resource = new NamespaceV1(stack, name, {
    metadata: { name: placement.namespace.toString(), labels: mapOf(labels), annotations: mapOf(annotations) },
  });
  return named(name, resource);
}

function claim(stack: WorkspaceStack, name: string, model: WorkspaceModel, dependsOn: TerraformResource[]) {
  const { PersistentVolumeClaimV1 } = pluginClasses();
  const { size, accessMode = 'ReadWriteOnce' } = model.options.disk;
  const resource = new PersistentVolumeClaimV1(stack, name, {
    dependsOn,
    metadata: metadata(model),
    // It may be bound only once a pod wants it.
    waitUntilBound: false,
    spec: {
      accessModes: [accessMode],
      resources: { requests: { storage: templateText(size) } },
      storageClassName: `${model.placement.storageClass}`,
    },
  });
  return named(name, resource);
}

function account(stack: WorkspaceStack, name: string, model: WorkspaceModel, dependsOn: TerraformResource[]) {
  const { ServiceAccountV1 } = pluginClasses();
  const annotations = mapOf(hcl`merge(${model.annotations}, ${model.accountAnnotations})`);
  const resource = new ServiceAccountV1(stack, name, {
    dependsOn,
    metadata: { ...metadata(model), annotations },
    automountServiceAccountToken: mountToken(model.options),
  });
  resource.addOverride('count', interpolation(model.ownAccounts));
  return named(name, resource);
}

function service(stack: WorkspaceStack, name: string, model: WorkspaceModel, dependsOn: TerraformResource[]) {
  const { ServiceV1 } = pluginClasses();
  const resource = new ServiceV1(stack, name, {
    dependsOn,
    metadata: metadata(model),
    waitForLoadBalancer: false,
    spec: {
      type: 'ClusterIP',
      selector: mapOf(model.selector),
      port: mainContainer(model.options).ports.map(({ name, containerPort, protocol }) => {
        const port = numberOf(containerPort);
        return { name: templateText(name), port, targetPort: `${port}`, protocol };
      }),
    },
  });
  return named(name, resource);
}

function deployment(stack: WorkspaceStack, name: string, model: WorkspaceModel, dependsOn: TerraformResource[]) {
  const { DeploymentV1 } = pluginClasses();
  const { options, labels, annotations, selector } = model;
  const timeout = options.startTimeout ?? '10m';
  const resource = new DeploymentV1(stack, name, {
    dependsOn,
    metadata: metadata(model),
    timeouts: { create: timeout, update: timeout },
    spec: {
      replicas: '1',
      // Two pods could not both have the disk.
      strategy: { type: 'Recreate' },
      selector: { matchLabels: mapOf(selector) },
      template: {
        metadata: {
          labels: mapOf({ ...options.labels, ...labels }),
          annotations: mapOf({ ...options.annotations, ...annotations }),
        },
        spec: podSpec(model),
      },
    },
  });
  addPodBlocks(resource, model);
  resource.addOverride('count', interpolation(berth.startCount));
  return named(name, resource);
}

/** The resource under this very name in the template: cdktf would add a part of its own. */
function named<R extends TerraformResource>(name: string, resource: R): R {
  resource.overrideLogicalId(name);
  return resource;
}
