import type { Value } from '../expression.js';
import type { KubernetesWorkspaceOptions } from './options.js';

/** The container of a workspace, and the one that runs its script before it, with Kubernetes' names. */
export interface Container {
  name: string;
  image: Value<string>;
  imagePullPolicy: 'Always' | 'IfNotPresent' | 'Never' | undefined;
  command: readonly Value<string>[];
  env: readonly { name: string; value: Value<string> }[];
  ports: readonly { name: Value<string>; containerPort: Value<number>; protocol: 'TCP' | 'UDP' }[];
  resources: KubernetesWorkspaceOptions['resources'];
  mountPath: Value<string>;
}

/** Name of the volume in the pod. */
export const diskVolume = 'disk';

/** Ends at once when it is told to, where `sleep infinity` would be waited for and killed. */
const waiting = ['sh', '-c', 'trap "exit 0" TERM; while :; do sleep 3600 & wait $!; done'];

export function mainContainer(options: KubernetesWorkspaceOptions): Container {
  const { ports = [] } = options;
  return {
    ...shared(options),
    name: 'workspace',
    command: options.command ?? waiting,
    ports: ports.map(({ name, port, protocol = 'TCP' }) => ({ name, containerPort: port, protocol })),
  };
}

/** Null where there is no script. */
export function initContainer(options: KubernetesWorkspaceOptions): Container | null {
  const { initScript } = options;
  if (initScript === undefined) return null;
  return { ...shared(options), name: 'init', command: ['sh', '-c', initScript], ports: [] };
}

function shared({ image, imagePullPolicy, env = {}, resources, disk }: KubernetesWorkspaceOptions) {
  return {
    image,
    imagePullPolicy,
    env: Object.entries(env).map(([name, value]) => ({ name, value })),
    resources,
    mountPath: disk.mountPath ?? '/home/workspace',
  };
}
