import {
  type BerthVariable,
  type Placeholder,
  type Placement,
  placeholderPattern,
  placeholders,
} from '@berth/protocol';

/**
 * What a template is told about the workspace provider in which it places a workspace. Each attribute is there, null
 * where the provider leaves it open.
 *
 * @param values what the placeholders in annotations stand for
 */
export function providerAttribute(
  name: string,
  placement: Placement,
  values: Readonly<Record<Placeholder, string>>,
): BerthVariable['provider'] {
  const { service_account_annotations: annotations, pod_tolerations: tolerations, affinity } = placement;
  return {
    name,
    namespace: placement.namespace ?? null,
    storage_class: placement.storage_class ?? null,
    service_account: placement.service_account ?? null,
    service_account_annotations: annotations === undefined ? null : filledIn(annotations, values),
    pod_tolerations: tolerations?.map(withEveryAttribute) ?? null,
    pod_node_selector: placement.pod_node_selector ?? null,
    affinity: affinity === undefined ? null : JSON.stringify(affinity),
  };
}

function filledIn(annotations: Readonly<Record<string, string>>, values: Readonly<Record<Placeholder, string>>) {
  return Object.fromEntries(
    Object.entries(annotations).map(([key, text]) => {
      const filled = text.replace(placeholderPattern, (whole, name: string) => {
        const known = placeholders.find(placeholder => placeholder === name);
        return known === undefined ? whole : values[known];
      });
      return [key, filled];
    }),
  );
}

function withEveryAttribute(toleration: NonNullable<Placement['pod_tolerations']>[number]) {
  const { key = null, operator = null, value = null, effect = null, tolerationSeconds = null } = toleration;
  return { key, operator, value, effect, toleration_seconds: tolerationSeconds };
}
