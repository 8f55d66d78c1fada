import { z } from 'zod';

export const buildTransition = z.enum(['start', 'stop', 'delete']);
export type Transition = z.infer<typeof buildTransition>;

const named = z.object({ id: z.string(), name: z.string() });

/** A Kubernetes toleration. Each attribute is there, so that the elements of the list are of one Terraform type. */
const toleration = z.object({
  key: z.string().nullable(),
  operator: z.enum(['Equal', 'Exists']).nullable(),
  value: z.string().nullable(),
  effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).nullable(),
  toleration_seconds: z.number().int().nullable(),
});

/**
 * Value of the root variable `berth` of a template that declares it. Every attribute is always sent, null where unset:
 * a template's object type errors on missing attributes and drops those it does not name. The shape only grows.
 */
export const berthVariable = z.object({
  transition: buildTransition,
  /** 1 on start, else 0: for `count`. */
  start_count: z.union([z.literal(0), z.literal(1)]),
  workspace: named,
  owner: z.object({ id: z.string(), username: z.string(), email: z.string(), name: z.string() }),
  organization: named,
  template: z.object({ id: z.string(), name: z.string(), version: z.string() }),
  build: z.object({ id: z.string(), number: z.number().int() }),
  access_url: z.string(),
  provider: z.object({
    name: z.string(),
    namespace: z.string().nullable(),
    storage_class: z.string().nullable(),
    service_account: z.string().nullable(),
    service_account_annotations: z.record(z.string(), z.string()).nullable(),
    pod_tolerations: z.array(toleration).nullable(),
    pod_node_selector: z.record(z.string(), z.string()).nullable(),
    /** JSON text of a Kubernetes affinity: its shape is too deep for one Terraform type. */
    affinity: z.string().nullable(),
  }),
});
export type BerthVariable = z.infer<typeof berthVariable>;
