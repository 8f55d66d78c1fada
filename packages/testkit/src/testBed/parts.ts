/** The parts of the test bed: what each is built from. Versions stand in the part's `go.mod` alone. */
export interface Part {
  /** Module that holds the programs; its version is the part's version. */
  module: string;
  /** Programs of the part: file name, and the path of the package below the module ('' is the module itself). */
  programs: Readonly<Record<string, string>>;
  /** Variables that the linker sets, by their names, given the versions of modules without their `v`. */
  variables?: (versionOf: (module: string) => string) => Record<string, string>;
  /** `namespace/type` of a plugin: the part is then an unpacked mirror that holds it for both engines. */
  plugin?: string;
  /** Files of the module that stand beside its programs, in `files/` under their own names. */
  files?: readonly string[];
}

export const parts = {
  time: { module: 'github.com/hashicorp/terraform-provider-time', programs: { plugin: '' }, plugin: 'hashicorp/time' },
  coder: { module: 'github.com/coder/terraform-provider-coder/v2', programs: { plugin: '' }, plugin: 'coder/coder' },
  kubectl: {
    module: 'github.com/gavinbunney/terraform-provider-kubectl',
    programs: { plugin: '' },
    plugin: 'gavinbunney/kubectl',
  },
  tofu: {
    module: 'github.com/opentofu/opentofu',
    programs: { tofu: 'cmd/tofu' },
    // Else it calls itself a development version, which satisfies no version constraint.
    variables: () => ({ 'github.com/opentofu/opentofu/version.dev': 'no' }),
  },
  etcd: { module: 'go.etcd.io/etcd/server/v3', programs: { etcd: '' } },
  kubernetes: {
    module: 'k8s.io/kubernetes',
    programs: {
      'kube-apiserver': 'cmd/kube-apiserver',
      'kube-controller-manager': 'cmd/kube-controller-manager',
      'kube-scheduler': 'cmd/kube-scheduler',
    },
    // Clients parse what the API server calls itself, and fail on a version that is none.
    variables: versionOf => {
      const version = versionOf('k8s.io/kubernetes');
      const [major = '', minor = ''] = version.split('.');
      const values = { gitVersion: `v${version}`, gitMajor: major, gitMinor: minor };
      return Object.fromEntries(
        Object.entries(values).map(([name, value]) => [`k8s.io/component-base/version.${name}`, value]),
      );
    },
  },
  kwok: {
    module: 'sigs.k8s.io/kwok',
    programs: { kwok: 'cmd/kwok' },
    // What its nodes and pods go through; it does nothing without.
    files: [
      'kustomize/stage/node/fast/node-initialize.yaml',
      'kustomize/stage/node/heartbeat-with-lease/node-heartbeat-with-lease.yaml',
      'kustomize/stage/pod/fast/pod-complete.yaml',
      'kustomize/stage/pod/fast/pod-delete.yaml',
      'kustomize/stage/pod/fast/pod-ready.yaml',
    ],
  },
  helm: {
    module: 'helm.sh/helm/v3',
    programs: { helm: 'cmd/helm' },
    // Charts ask for its version, and without a cluster for that of Kubernetes: it takes that of the client in it.
    variables: versionOf => {
      const [, minor = ''] = versionOf('k8s.io/client-go').split('.');
      const kubernetes = { k8sVersionMajor: '1', k8sVersionMinor: minor };
      const packages = ['helm.sh/helm/v3/pkg/chartutil', 'helm.sh/helm/v3/pkg/lint/rules'];
      return {
        'helm.sh/helm/v3/internal/version.version': `v${versionOf('helm.sh/helm/v3')}`,
        ...Object.fromEntries(
          packages.flatMap(path => Object.entries(kubernetes).map(([name, value]) => [`${path}.${name}`, value])),
        ),
      };
    },
  },
} as const satisfies Record<string, Part>;

export type PartName = keyof typeof parts;

export const partNames = Object.keys(parts).filter(isPartName);

/** Plugins among the parts. */
export type PluginName = 'time' | 'coder' | 'kubectl';

export function isPartName(name: string): name is PartName {
  return Object.hasOwn(parts, name);
}
