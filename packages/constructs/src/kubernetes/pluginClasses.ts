import { createRequire } from 'node:module';

const load = createRequire(import.meta.url);

/**
 * The classes of @cdktf/provider-kubernetes that a workspace needs, each from its own file: the whole of it takes seconds
 * to load. Loaded when they are wanted, so that templates of the other form do without the package.
 */
export function pluginClasses() {
  const provider: typeof import('@cdktf/provider-kubernetes/lib/provider/index.js') = load(
    '@cdktf/provider-kubernetes/lib/provider',
  );
  const namespace: typeof import('@cdktf/provider-kubernetes/lib/namespace-v1/index.js') = load(
    '@cdktf/provider-kubernetes/lib/namespace-v1',
  );
  const claim: typeof import('@cdktf/provider-kubernetes/lib/persistent-volume-claim-v1/index.js') = load(
    '@cdktf/provider-kubernetes/lib/persistent-volume-claim-v1',
  );
  const account: typeof import('@cdktf/provider-kubernetes/lib/service-account-v1/index.js') = load(
    '@cdktf/provider-kubernetes/lib/service-account-v1',
  );
  const service: typeof import('@cdktf/provider-kubernetes/lib/service-v1/index.js') = load(
    '@cdktf/provider-kubernetes/lib/service-v1',
  );
  const deployment: typeof import('@cdktf/provider-kubernetes/lib/deployment-v1/index.js') = load(
    '@cdktf/provider-kubernetes/lib/deployment-v1',
  );
  return {
    KubernetesProvider: provider.KubernetesProvider,
    NamespaceV1: namespace.NamespaceV1,
    PersistentVolumeClaimV1: claim.PersistentVolumeClaimV1,
    ServiceAccountV1: account.ServiceAccountV1,
    ServiceV1: service.ServiceV1,
    DeploymentV1: deployment.DeploymentV1,
  };
}
