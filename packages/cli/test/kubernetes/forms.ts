import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { testPlugins } from '@berth/testkit';

/** A template for Kubernetes that comes with Berth, and where its plugin is. */
interface Form {
  template: 'kubernetes' | 'kubernetes-manifest' | 'kubernetes-hcl';
  /** Type of the resource that is the pod's deployment. */
  deployment: string;
  claim: string;
  /** What a plan says of another image. */
  imageChange: string;
  mirror: string;
}

const kubectl = await testPlugins(['kubectl']);

/** A mirror with hashicorp/kubernetes, which no test bed can build. */
const mirror = process.env.BERTH_TEST_PROVIDERS ?? '';
const hasKubernetes = mirror !== '' && existsSync(join(mirror, 'registry.terraform.io/hashicorp/kubernetes'));

/** Why forms are missing, for the name of a skipped test. */
export const skippedForms: string | null = hasKubernetes
  ? null
  : 'BERTH_TEST_PROVIDERS names no mirror with hashicorp/kubernetes';

const resources = {
  imageChange: 'spec[0].template[0].spec[0].container[0].image: "debian:12" → "debian:13"',
  deployment: 'kubernetes_deployment_v1.workspace[0]',
  mirror,
};

/** The forms that can be run here. */
export const forms: readonly Form[] = [
  ...(kubectl.mirror === null
    ? []
    : [
        {
          template: 'kubernetes-manifest' as const,
          deployment: 'kubectl_manifest.workspace[0]',
          claim: 'kubectl_manifest.workspace_disk',
          imageChange: 'yaml_body_parsed',
          mirror: kubectl.mirror,
        },
      ]),
  ...(hasKubernetes
    ? [
        {
          template: 'kubernetes' as const,
          claim: 'kubernetes_persistent_volume_claim_v1.workspace_disk',
          ...resources,
        },
        { template: 'kubernetes-hcl' as const, claim: 'kubernetes_persistent_volume_claim_v1.disk', ...resources },
      ]
    : []),
];

export const skippedKubectl = kubectl.skipped;
