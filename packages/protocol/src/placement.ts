import { z } from 'zod';

/** What an annotation's value may name in double braces: `{{ .UserEmail }}`. */
export const placeholders = ['UserEmail', 'UserName', 'UserID', 'WorkspaceName', 'OrganizationName'] as const;
export type Placeholder = (typeof placeholders)[number];

/** Finds the placeholders of a text; the name is the first group. */
export const placeholderPattern = /\{\{\s*\.([A-Za-z]*)\s*\}\}/g;

/** A name of a namespace, storage class or service account. */
const kubernetesName = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 'use lower-case letters, digits, hyphens and dots')
  .max(253);

const annotation = z
  .string()
  .refine(
    text => [...text.matchAll(placeholderPattern)].every(([, name]) => placeholders.some(known => known === name)),
    `knows only ${placeholders.map(name => `{{ .${name} }}`).join(', ')}`,
  );

/** A toleration as Kubernetes writes it. */
const toleration = z.strictObject({
  key: z.string().optional(),
  operator: z.enum(['Equal', 'Exists']).optional(),
  value: z.string().optional(),
  effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).optional(),
  tolerationSeconds: z.number().int().optional(),
});

/** How the workspaces of a workspace provider are placed on Kubernetes. What is left out, a template decides. */
export const placement = z
  .strictObject({
    namespace: kubernetesName.max(63).optional(),
    storage_class: kubernetesName.optional(),
    /** An account that is there already. */
    service_account: kubernetesName.optional(),
    /** Of the accounts that templates make for workspaces. */
    service_account_annotations: z.record(z.string(), annotation).optional(),
    pod_tolerations: z.array(toleration).optional(),
    pod_node_selector: z.record(z.string(), z.string()).optional(),
    /** An affinity as Kubernetes writes it; `{}` for none, whatever the template has. */
    affinity: z.record(z.string(), z.unknown()).optional(),
  })
  .refine(
    ({ service_account, service_account_annotations }) => {
      return service_account === undefined || service_account_annotations === undefined;
    },
    {
      path: ['service_account_annotations'],
      message: 'are for accounts that templates make, and service_account names one that is there already',
    },
  );
export type Placement = z.infer<typeof placement>;
