import { berth, type ProviderToleration } from '../berthVariable.js';
import { Expression, type Value } from '../expression.js';
import { hcl } from '../hcl.js';
import type { WorkspaceStack } from '../workspaceStack.js';
import type { Affinity } from './affinity.js';
import type { KubernetesWorkspaceOptions } from './options.js';
import { type Placement, settlePlacement } from './placement.js';

type Labels = Readonly<Record<string, Value<string>>>;

/** What both forms of a workspace are made from: the options, and what its workspace provider says, as one. */
export interface WorkspaceModel {
  options: KubernetesWorkspaceOptions;
  placement: Placement;
  /** By which a service and a deployment know the workspace's pods. It never changes. */
  selector: Labels;
  /** On everything that the workspace is made of. */
  labels: Labels;
  annotations: Labels;
  /** Objects with Kubernetes' names, without what is null. */
  tolerations: Expression<readonly unknown[]>;
  nodeSelector: Expression<Readonly<Record<string, string>>>;
  /** An object with Kubernetes' names, empty for none. */
  affinity: Expression<Affinity>;
  accountAnnotations: Expression<Readonly<Record<string, string>>>;
  /** The account of the provider, or the workspace's own. */
  accountName: Expression<string>;
  /** How many accounts the workspace has of its own: 1, or 0 where the provider names one. */
  ownAccounts: Expression<0 | 1>;
}

/** Label by which pods of workspaces are known, for affinities as well; its value is the workspace's id. */
const workspaceLabel = 'berth.dev/workspace';

/** Makes the model, with what of it is long as locals of the template. */
export function workspaceModel(stack: WorkspaceStack, id: string, options: KubernetesWorkspaceOptions): WorkspaceModel {
  const { provider, workspace, owner } = berth;
  const placement = settlePlacement(stack, id, options);
  const selector = { [workspaceLabel]: workspace.id };
  return {
    options,
    placement,
    selector,
    labels: {
      ...selector,
      'berth.dev/workspace-name': workspace.name,
      'berth.dev/owner': owner.username,
      'app.kubernetes.io/managed-by': 'berth',
    },
    annotations: { 'berth.dev/owner-email': owner.email },
    tolerations: stack.local(
      `${id}_tolerations`,
      withoutNulls(hcl`concat(${options.tolerations ?? []}, ${kubernetesTolerations(provider.podTolerations)})`),
    ),
    nodeSelector: stack.local(
      `${id}_node_selector`,
      hcl`merge(${options.nodeSelector ?? {}}, ${mapOrNone(provider.podNodeSelector)})`,
    ),
    affinity: stack.local(
      `${id}_affinity`,
      hcl`jsondecode(coalesce(${provider.affinity}, jsonencode(${options.affinity ?? {}})))`,
    ),
    accountAnnotations: stack.local(
      `${id}_account_annotations`,
      hcl`merge(${options.serviceAccount?.annotations ?? {}}, ${mapOrNone(provider.serviceAccountAnnotations)})`,
    ),
    accountName: hcl`${provider.serviceAccount} == null ? ${placement.name} : ${provider.serviceAccount}`,
    ownAccounts: hcl`${provider.serviceAccount} == null ? 1 : 0`,
  };
}

function mapOrNone(map: Expression<unknown>): Expression<Readonly<Record<string, string>>> {
  return hcl`${map} == null ? {} : ${map}`;
}

/** The provider's tolerations with Kubernetes' names. */
function kubernetesTolerations(list: Expression<readonly ProviderToleration[] | null>): Expression<readonly unknown[]> {
  const names = 'key = t.key, operator = t.operator, value = t.value, effect = t.effect';
  return new Expression(
    `[for t in (${list.hcl} == null ? [] : ${list.hcl}) : { ${names}, tolerationSeconds = t.toleration_seconds }]`,
  );
}

function withoutNulls(list: Expression<readonly unknown[]>): Expression<readonly unknown[]> {
  return new Expression(`[for t in ${list.hcl} : { for k, v in t : k => v if v != null }]`);
}
