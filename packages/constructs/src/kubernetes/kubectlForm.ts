import { berth } from '../berthVariable.js';
import { TerraformResource } from '../cdktf.js';
import type { Expression } from '../expression.js';
import { hcl, interpolation, templateText } from '../hcl.js';
import type { WorkspaceStack } from '../workspaceStack.js';
import {
  accountManifest,
  claimManifest,
  deploymentManifest,
  type Manifest,
  namespaceManifest,
  serviceManifest,
} from './manifests.js';
import type { WorkspaceModel } from './model.js';

/** Makes a workspace of the plugin kubectl, which takes manifests and so needs no classes for each kind. */
export function makeKubectlForm(stack: WorkspaceStack, id: string, model: WorkspaceModel): void {
  const { ownNamespace = false, ports = [], startTimeout = '10m' } = model.options;
  configurePlugin(stack, model);
  const within = ownNamespace ? [manifest(stack, `${id}_namespace`, namespaceManifest(model))] : [];
  const disk = manifest(stack, `${id}_disk`, claimManifest(model), { dependsOn: within });
  const account = manifest(stack, `${id}_account`, accountManifest(model), {
    dependsOn: within,
    count: model.ownAccounts,
  });
  if (ports.length > 0) manifest(stack, `${id}_service`, serviceManifest(model), { dependsOn: within });
  const deployment = manifest(stack, id, deploymentManifest(model), {
    dependsOn: [disk, account],
    count: berth.startCount,
  });
  // A stop ends when the pod is gone. Nothing else is waited for: this plugin looks only every ten seconds.
  deployment.addOverride('wait', true);
  deployment.addOverride('timeouts', { create: startTimeout });
}

function configurePlugin(stack: WorkspaceStack, { options: { cluster } }: WorkspaceModel): void {
  stack.addOverride('terraform.required_providers.kubectl', { source: 'gavinbunney/kubectl', version: '>= 1.14.0' });
  stack.addOverride('provider.kubectl', [
    {
      ...(cluster?.configPath === undefined ? {} : { config_path: templateText(cluster.configPath) }),
      ...(cluster?.configContext === undefined ? {} : { config_context: templateText(cluster.configContext) }),
    },
  ]);
}

function manifest(
  stack: WorkspaceStack,
  name: string,
  content: Manifest,
  more: { dependsOn?: readonly TerraformResource[]; count?: Expression<number> } = {},
): TerraformResource {
  const resource = new TerraformResource(stack, name, {
    terraformResourceType: 'kubectl_manifest',
    ...(more.dependsOn === undefined ? {} : { dependsOn: [...more.dependsOn] }),
  });
  resource.overrideLogicalId(name);
  resource.addOverride('yaml_body', interpolation(hcl`yamlencode(${content})`));
  // The API server keeps book of who set which field, so that what others add to an object stays.
  resource.addOverride('server_side_apply', true);
  if (more.count !== undefined) resource.addOverride('count', interpolation(more.count));
  return resource;
}
