import type { Value } from '../expression.js';
import type { Affinity, Toleration } from './affinity.js';

/**
 * A workspace on Kubernetes. What its workspace provider says goes before what stands here: its namespace, storage
 * class, service account and affinity take the place of these, its node selector and annotations are merged over these,
 * its tolerations are added. A workspace stays in the namespace and storage class in which it was made.
 */
export interface KubernetesWorkspaceOptions {
  /**
   * The plugin that makes it: `kubernetes` (hashicorp/kubernetes 2.36 or newer, the default), or `kubectl`
   * (gavinbunney/kubectl), for which @cdktf/provider-kubernetes need not be installed.
   */
  via?: 'kubernetes' | 'kubectl';
  /** Where the cluster is; else what the daemon's environment says (KUBE_CONFIG_PATH), or the cluster that it runs in. */
  cluster?: { configPath?: Value<string>; configContext?: Value<string> };
  /** Where the workspace stands unless its provider says. Default: `default`. */
  namespace?: Value<string>;
  /** The workspace has a namespace of its own, whatever its provider says. */
  ownNamespace?: boolean;
  /** The container's image. */
  image: Value<string>;
  imagePullPolicy?: 'Always' | 'IfNotPresent' | 'Never';
  /** Names of secrets that are in the namespace. */
  imagePullSecrets?: readonly Value<string>[];
  /** What the container runs. Default: a shell that waits until it is told to end. */
  command?: readonly Value<string>[];
  /** Run by `sh` in the image before the container starts, each time, with its environment and disk. */
  initScript?: Value<string>;
  env?: Readonly<Record<string, Value<string>>>;
  resources?: { requests?: Quantities; limits?: Quantities };
  /** The volume that survives a stop. */
  disk: Disk;
  /** Ports that the workspace's service has; without, it has no service. */
  ports?: readonly Port[];
  /** The account made for the workspace, unless its provider names one. */
  serviceAccount?: { annotations?: Readonly<Record<string, Value<string>>>; mountToken?: boolean };
  tolerations?: readonly Toleration[];
  nodeSelector?: Readonly<Record<string, Value<string>>>;
  affinity?: Affinity;
  /** Labels of the pod beside those by which Berth knows it. */
  labels?: Readonly<Record<string, Value<string>>>;
  /** Annotations of the pod. */
  annotations?: Readonly<Record<string, Value<string>>>;
  securityContext?: SecurityContext;
  /** How long a start waits for the pod to run: `5m`. Default: `10m`. */
  startTimeout?: string;
}

/** Amounts as Kubernetes writes them: `500m`, `2`, `4Gi`. */
export interface Quantities {
  cpu?: Value<string>;
  memory?: Value<string>;
}

export interface Disk {
  /** `20Gi`. It may grow later if the storage class lets it. */
  size: Value<string>;
  /** Where it is in the container. Default: `/home/workspace`. */
  mountPath?: Value<string>;
  /** Unless the provider names one; without either, the cluster's default. */
  storageClass?: Value<string>;
  accessMode?: 'ReadWriteOnce' | 'ReadWriteOncePod' | 'ReadWriteMany';
}

export interface Port {
  /** Lower-case letters, digits and hyphens, at most 15. */
  name: Value<string>;
  port: Value<number>;
  protocol?: 'TCP' | 'UDP';
}

/** The user that the pod's processes run as. */
export interface SecurityContext {
  runAsUser?: Value<number>;
  runAsGroup?: Value<number>;
  fsGroup?: Value<number>;
  runAsNonRoot?: boolean;
}

/** Whether pods have the token of their account, as in Kubernetes unless the template says otherwise. */
export function mountToken({ serviceAccount }: KubernetesWorkspaceOptions): boolean {
  return serviceAccount?.mountToken ?? true;
}
