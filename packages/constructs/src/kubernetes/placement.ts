import { berth } from '../berthVariable.js';
import { TerraformResource } from '../cdktf.js';
import { Expression } from '../expression.js';
import { hcl, interpolation } from '../hcl.js';
import type { WorkspaceStack } from '../workspaceStack.js';
import type { KubernetesWorkspaceOptions } from './options.js';

/** Where a workspace stands, and what it is called there: settled by its first build. */
export interface Placement {
  /** Name of everything that it is made of. */
  name: Expression<string>;
  namespace: Expression<string>;
  /** Null: the cluster's default. */
  storageClass: Expression<string | null>;
}

/**
 * Settles where a workspace stands. The first build's answer is kept in the state: a provider that is given another
 * namespace or storage class later, or a workspace that is renamed, would else have its disk made anew, empty.
 */
export function settlePlacement(stack: WorkspaceStack, id: string, options: KubernetesWorkspaceOptions): Placement {
  const { provider } = berth;
  const { namespace = 'default', ownNamespace = false, disk } = options;
  const settled = new TerraformResource(stack, `${id}_placement`, { terraformResourceType: 'terraform_data' });
  settled.overrideLogicalId(`${id}_placement`);
  settled.addOverride('lifecycle', { ignore_changes: ['input'] });
  settled.addOverride(
    'input',
    interpolation({
      name: workspaceName,
      namespace: ownNamespace ? workspaceName : hcl`coalesce(${provider.namespace}, ${namespace})`,
      // coalesce has no answer where all are null.
      storage_class: hcl`try(coalesce(${provider.storageClass}, ${disk.storageClass ?? null}), null)`,
    }),
  );
  // Its input is known while a plan is made; its output is not.
  const input = `terraform_data.${id}_placement.input`;
  return {
    name: new Expression(`${input}.name`),
    namespace: new Expression(`${input}.namespace`),
    storageClass: new Expression(`${input}.storage_class`),
  };
}

/**
 * Begins with a letter, as a service's name must, and is at most 63 characters long. The end of the workspace's id sets
 * it apart from every other one.
 */
const workspaceName = new Expression<string>(
  [
    'format("berth-%s-%s"',
    'substr(lower(format("%s-%s", var.berth.owner.username, var.berth.workspace.name)), 0, 46)',
    'substr(var.berth.workspace.id, -10, 10))',
  ].join(', '),
);
