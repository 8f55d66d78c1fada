import { types } from './parameterType.js';

const { string, number, object, list, map } = types;

/** The type of the variable `berth`. Terraform drops what Berth sends beside it, so a newer coordinator does no harm. */
export const berthType = object({
  transition: string,
  start_count: number,
  workspace: object({ id: string, name: string }),
  owner: object({ id: string, username: string, email: string, name: string }),
  organization: object({ id: string, name: string }),
  template: object({ id: string, name: string, version: string }),
  build: object({ id: string, number }),
  access_url: string,
  provider: object({
    name: string,
    namespace: string,
    storage_class: string,
    service_account: string,
    service_account_annotations: map(string),
    pod_tolerations: list(
      object({ key: string, operator: string, value: string, effect: string, toleration_seconds: number }),
    ),
    pod_node_selector: map(string),
    affinity: string,
  }),
});
