import type { Block } from './dynamicBlocks.js';

const required = 'required_during_scheduling_ignored_during_execution';
const preferred = 'preferred_during_scheduling_ignored_during_execution';

const expression = { key: 'key', operator: 'operator', values: 'values' };

const expressions: Block = { label: 'match_expressions', many: true, attributes: expression };

const nodeSelector: readonly Block[] = [expressions, { label: 'match_fields', many: true, attributes: expression }];

const selector = { attributes: { match_labels: 'matchLabels' }, blocks: [expressions] };

const podTerm = {
  attributes: { topology_key: 'topologyKey', namespaces: 'namespaces' },
  blocks: [
    { label: 'label_selector', ...selector },
    { label: 'namespace_selector', ...selector },
  ],
};

const weighted = { label: preferred, many: true, attributes: { weight: 'weight' } };

const podAffinity: readonly Block[] = [
  { label: required, many: true, ...podTerm },
  { ...weighted, blocks: [{ label: 'pod_affinity_term', ...podTerm }] },
];

/** Block `affinity` of a pod, of an affinity as Kubernetes writes it. */
export const affinityBlock: Block = {
  label: 'affinity',
  blocks: [
    {
      label: 'node_affinity',
      blocks: [
        {
          label: required,
          blocks: [{ label: 'node_selector_term', field: 'nodeSelectorTerms', many: true, blocks: nodeSelector }],
        },
        { ...weighted, blocks: [{ label: 'preference', blocks: nodeSelector }] },
      ],
    },
    { label: 'pod_affinity', blocks: podAffinity },
    { label: 'pod_anti_affinity', blocks: podAffinity },
  ],
};
