import type { DeploymentV1SpecTemplateSpec } from '@cdktf/provider-kubernetes/lib/deployment-v1/index.js';
import type { Value } from '../expression.js';
import { templateText } from '../hcl.js';
import { mapOf, numberOf, textsOf } from './configValues.js';
import { type Container, diskVolume, initContainer, mainContainer } from './container.js';
import type { WorkspaceModel } from './model.js';
import { mountToken, type Quantities, type SecurityContext } from './options.js';

/** The pod of a workspace, but for what only Terraform knows how often it is there: see `addPodBlocks`. */
export function podSpec(model: WorkspaceModel): DeploymentV1SpecTemplateSpec {
  const { options, placement } = model;
  const init = initContainer(options);
  return {
    serviceAccountName: model.accountName.toString(),
    automountServiceAccountToken: mountToken(options),
    enableServiceLinks: false,
    ...(options.imagePullSecrets === undefined
      ? {}
      : { imagePullSecrets: options.imagePullSecrets.map(name => ({ name: templateText(name) })) }),
    ...(options.securityContext === undefined ? {} : { securityContext: userOf(options.securityContext) }),
    nodeSelector: mapOf(model.nodeSelector),
    ...(init === null ? {} : { initContainer: [containerConfig(init)] }),
    container: [containerConfig(mainContainer(options))],
    volume: [{ name: diskVolume, persistentVolumeClaim: { claimName: placement.name.toString() } }],
  };
}

function containerConfig({ imagePullPolicy, resources, ...container }: Container) {
  return {
    name: container.name,
    image: templateText(container.image),
    ...(imagePullPolicy === undefined ? {} : { imagePullPolicy }),
    command: textsOf(container.command),
    env: container.env.map(({ name, value }) => ({ name, value: templateText(value) })),
    port: container.ports.map(({ name, containerPort, protocol }) => {
      return { name: templateText(name), containerPort: numberOf(containerPort), protocol };
    }),
    ...(resources === undefined
      ? {}
      : {
          resources: {
            ...(resources.requests === undefined ? {} : { requests: quantities(resources.requests) }),
            ...(resources.limits === undefined ? {} : { limits: quantities(resources.limits) }),
          },
        }),
    volumeMount: [{ name: diskVolume, mountPath: templateText(container.mountPath) }],
  };
}

function quantities({ cpu, memory }: Quantities): Record<string, string> {
  return mapOf({ ...(cpu === undefined ? {} : { cpu }), ...(memory === undefined ? {} : { memory }) });
}

function userOf({ runAsUser, runAsGroup, fsGroup, runAsNonRoot }: SecurityContext) {
  return {
    ...(runAsUser === undefined ? {} : { runAsUser: number(runAsUser) }),
    ...(runAsGroup === undefined ? {} : { runAsGroup: number(runAsGroup) }),
    ...(fsGroup === undefined ? {} : { fsGroup: number(fsGroup) }),
    ...(runAsNonRoot === undefined ? {} : { runAsNonRoot }),
  };
}

/** That plugin takes ids of users as texts. */
function number(value: Value<number>): string {
  return `${value}`;
}
