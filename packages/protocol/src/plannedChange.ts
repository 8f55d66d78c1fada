import { z } from 'zod';

/** What a plan would do to one resource. */
export const plannedChange = z.object({
  /** Full address, module and index included. */
  address: z.string(),
  /** `create`, `update`, `replace`, `delete`, `move`… */
  action: z.string(),
  /** Why, in the engine's words (`tainted`, `cannot_update`, `delete_because_no_resource_config`…), where it gives one. */
  reason: z.string().nullable(),
  /** Where it stood before a `move`. */
  previousAddress: z.string().nullable().default(null),
  /** Of an update or a replacement: the attributes that are changed, what forces the replacement first. */
  attributes: z
    .array(
      z.object({
        name: z.string(),
        /** As JSON, shortened. Null where it is sensitive, where there is none, or not known before the apply. */
        before: z.string().nullable(),
        after: z.string().nullable(),
        sensitive: z.boolean(),
        forcesReplacement: z.boolean(),
      }),
    )
    .default([]),
  /** Of what would be replaced or deleted: a stop by the same version would destroy it, too. Null where it is not known. */
  destroyedByStop: z.boolean().nullable().default(null),
});
export type PlannedChange = z.infer<typeof plannedChange>;
