import type { Value } from '../expression.js';

/** A toleration, by Kubernetes' own names. */
export interface Toleration {
  key?: Value<string>;
  operator?: 'Equal' | 'Exists';
  value?: Value<string>;
  effect?: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
  tolerationSeconds?: Value<number>;
}

/** An affinity, by Kubernetes' own names. */
export interface Affinity {
  nodeAffinity?: NodeAffinity;
  podAffinity?: PodAffinity;
  podAntiAffinity?: PodAffinity;
}

export interface NodeAffinity {
  requiredDuringSchedulingIgnoredDuringExecution?: { nodeSelectorTerms: readonly NodeSelectorTerm[] };
  preferredDuringSchedulingIgnoredDuringExecution?: readonly {
    weight: Value<number>;
    preference: NodeSelectorTerm;
  }[];
}

export interface NodeSelectorTerm {
  matchExpressions?: readonly MatchExpression<'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt'>[];
  matchFields?: readonly MatchExpression<'In' | 'NotIn'>[];
}

export interface PodAffinity {
  requiredDuringSchedulingIgnoredDuringExecution?: readonly PodAffinityTerm[];
  preferredDuringSchedulingIgnoredDuringExecution?: readonly {
    weight: Value<number>;
    podAffinityTerm: PodAffinityTerm;
  }[];
}

export interface PodAffinityTerm {
  topologyKey: Value<string>;
  labelSelector?: LabelSelector;
  namespaceSelector?: LabelSelector;
  namespaces?: readonly Value<string>[];
}

export interface LabelSelector {
  matchLabels?: Readonly<Record<string, Value<string>>>;
  matchExpressions?: readonly MatchExpression<'In' | 'NotIn' | 'Exists' | 'DoesNotExist'>[];
}

export interface MatchExpression<O extends string> {
  key: Value<string>;
  operator: O;
  values?: readonly Value<string>[];
}
