import type { TerraformResource } from '../cdktf.js';
import { hcl } from '../hcl.js';
import { affinityBlock } from './affinityBlock.js';
import { type Block, dynamicBlocks } from './dynamicBlocks.js';
import type { WorkspaceModel } from './model.js';

const toleration: Block = {
  label: 'toleration',
  field: 'tolerations',
  many: true,
  attributes: {
    key: 'key',
    operator: 'operator',
    value: 'value',
    effect: 'effect',
    toleration_seconds: 'tolerationSeconds',
  },
};

/** Adds the blocks of a pod that Terraform makes of what the workspace provider says. */
export function addPodBlocks(deployment: TerraformResource, { tolerations, affinity }: WorkspaceModel): void {
  // An empty affinity is none: its block would say that there is one.
  const pod = hcl`${{ tolerations, affinity: hcl`length(${affinity}) == 0 ? null : ${affinity}` }}`;
  deployment.addOverride('spec.template.spec.dynamic', dynamicBlocks([toleration, affinityBlock], pod.hcl));
}
