import { Expression } from './expression.js';

/** What Berth tells a template about the build, as the root variable `berth`; here by attribute. */
export interface Berth {
  transition: Expression<'start' | 'stop' | 'delete'>;
  /** 1 on start, else 0: for `count`. */
  startCount: Expression<0 | 1>;
  workspace: { id: Expression<string>; name: Expression<string> };
  owner: {
    id: Expression<string>;
    username: Expression<string>;
    email: Expression<string>;
    name: Expression<string>;
  };
  organization: { id: Expression<string>; name: Expression<string> };
  template: { id: Expression<string>; name: Expression<string>; version: Expression<string> };
  build: { id: Expression<string>; number: Expression<number> };
  accessUrl: Expression<string>;
  /** The workspace provider: the cluster or namespace in which the workspace is placed. Null is what it leaves open. */
  provider: {
    name: Expression<string>;
    namespace: Expression<string | null>;
    storageClass: Expression<string | null>;
    serviceAccount: Expression<string | null>;
    serviceAccountAnnotations: Expression<Readonly<Record<string, string>> | null>;
    podTolerations: Expression<readonly ProviderToleration[] | null>;
    podNodeSelector: Expression<Readonly<Record<string, string>> | null>;
    /** JSON text of a Kubernetes affinity. */
    affinity: Expression<string | null>;
  };
}

/** A toleration as the variable `berth` has it: each attribute is there, null where it is not given. */
export interface ProviderToleration {
  key: string | null;
  operator: string | null;
  value: string | null;
  effect: string | null;
  toleration_seconds: number | null;
}

/** The attributes of `var.berth`. */
export const berth: Berth = {
  transition: attribute('transition'),
  startCount: attribute('start_count'),
  workspace: { id: attribute('workspace.id'), name: attribute('workspace.name') },
  owner: {
    id: attribute('owner.id'),
    username: attribute('owner.username'),
    email: attribute('owner.email'),
    name: attribute('owner.name'),
  },
  organization: { id: attribute('organization.id'), name: attribute('organization.name') },
  template: {
    id: attribute('template.id'),
    name: attribute('template.name'),
    version: attribute('template.version'),
  },
  build: { id: attribute('build.id'), number: attribute('build.number') },
  accessUrl: attribute('access_url'),
  provider: {
    name: attribute('provider.name'),
    namespace: attribute('provider.namespace'),
    storageClass: attribute('provider.storage_class'),
    serviceAccount: attribute('provider.service_account'),
    serviceAccountAnnotations: attribute('provider.service_account_annotations'),
    podTolerations: attribute('provider.pod_tolerations'),
    podNodeSelector: attribute('provider.pod_node_selector'),
    affinity: attribute('provider.affinity'),
  },
};

function attribute<T>(path: string): Expression<T> {
  return new Expression(`var.berth.${path}`);
}
